'use strict';

const element = id => document.getElementById(id);
const client = localStorage.getItem('client') ?? crypto.randomUUID().slice(0, 8);
localStorage.setItem('client', client);

function show(state) {
  const waits = state.here.waits;
  const values = {
    'sold': state.sold, 'left': state.left, 'tickets': state.tickets,
    'waits-count': waits.count, 'waits-p50': waits.p50, 'waits-p99': waits.p99, 'waits-max': waits.max,
    'sold-here': state.here.soldHere, 'sold-out': state.here.soldOut, 'denied': state.here.denied
  };
  Object.entries(values).forEach(([id, value]) => { element(id).textContent = value; });
  element('bar').max = state.total;
  element('bar').value = state.sold;
  element('verdict').textContent = state.tickets > state.total ? 'OVERSOLD by ' + (state.tickets - state.total)
    : state.left === 0 ? 'Sold out, and not one ticket too many.' : '';
  element('events').replaceChildren(...state.here.events.map(event => {
    const line = document.createElement('li');
    line.className = event.kind;
    line.textContent = event.client + ' ' + event.what;
    return line;
  }));
}

async function refresh() {
  const response = await fetch('/api/state');
  if (response.ok) {
    show(await response.json());
  }
}

async function during(button, action) {
  button.disabled = true;
  const timer = setInterval(refresh, 300);
  try {
    element('answer').textContent = await action();
  } catch (failure) {
    element('answer').textContent = 'The shop does not answer: ' + failure.message;
  } finally {
    clearInterval(timer);
    button.disabled = false;
    await refresh();
  }
}

element('buy').addEventListener('click', event => during(event.currentTarget, async () => {
  const response = await fetch('/api/buy?client=' + encodeURIComponent(client), { method: 'POST' });
  const body = await response.json();
  return response.status === 429 ? '429: you may retry in ' + response.headers.get('Retry-After') + ' s'
    : body.message ?? body.detail;
}));

element('crowd').addEventListener('click', event => during(event.currentTarget, async () => {
  const response = await fetch('/api/crowd', { method: 'POST' });
  const answers = await response.json();
  const names = { 201: 'bought', 410: 'too late', 429: 'over their limit' };
  return Object.entries(answers).map(([status, count]) => count + ' ' + (names[status] ?? 'answered ' + status)).join(', ');
}));

element('reset').addEventListener('click', event => during(event.currentTarget, async () => {
  await fetch('/api/reset', { method: 'POST' });
  return 'A new sale. Clients over their limit still have to wait.';
}));

refresh();
setInterval(refresh, 2000);
