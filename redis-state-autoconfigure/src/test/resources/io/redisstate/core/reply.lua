-- Returns a list with one element of each kind.
-- KEYS[1]  any key
-- Returns  {7, "text", nil, "last"}. O(1)
return { 7, 'text', false, 'last' }
