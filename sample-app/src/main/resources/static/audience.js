'use strict';

const visitor = sessionStorage.getItem('visitor') ?? crypto.randomUUID();
sessionStorage.setItem('visitor', visitor);

async function hear() {
  const response = await fetch('/api/audience?visitor=' + encodeURIComponent(visitor), { method: 'POST' });
  if (!response.ok) {
    return;
  }
  const audience = await response.json();
  document.getElementById('visitors').textContent = audience.visitors === 1 ? 'You are alone here.'
    : audience.visitors + ' visitors are here.';
  document.getElementById('best-buyers')?.replaceChildren(...audience.buyers.map(buyer => {
    const line = document.createElement('li');
    line.textContent = buyer.rank + '. ' + buyer.client + ': ' + buyer.seats + (buyer.seats === 1 ? ' seat' : ' seats');
    return line;
  }));
}

hear();
setInterval(hear, 2000);
