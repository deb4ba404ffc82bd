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
  element('events').replaceChildren(...state.here.events.map(event => line(event.client + ' ' + event.what, event.kind)));
}

function line(text, kind) {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  return item;
}

function showOrders(orders) {
  element('consumers').replaceChildren(...orders.consumers.map(consumer => {
    const row = document.createElement('tr');
    row.replaceChildren(...[consumer.name, consumer.here, consumer.failed, consumer.waiting, consumer.behind, consumer.dead]
      .map(value => {
        const cell = document.createElement('td');
        cell.textContent = value;
        return cell;
      }));
    return row;
  }));
  element('pending').replaceChildren(...orders.pending.map(order =>
    line(order.id + ' at ' + order.consumer + ', attempt ' + order.deliveries + ', for ' + order.idleMillis + ' ms', '')));
  element('dead').replaceChildren(...orders.dead.map(dead =>
    line(dead.reason + ' (' + dead.attempts + ' attempts)', 'denied')));
  const button = element('mailer');
  button.dataset.broken = orders.broken;
  button.textContent = orders.broken ? 'Repair the mailer' : 'Break the mailer';
}

async function refresh() {
  const [state, orders] = await Promise.all([fetch('/api/state'), fetch('/api/orders')]);
  if (state.ok && orders.ok) {
    show(await state.json());
    showOrders(await orders.json());
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

element('mailer').addEventListener('click', event => during(event.currentTarget, async () => {
  const broken = event.target.dataset.broken !== 'true';
  await fetch('/api/orders/mailer?broken=' + broken, { method: 'POST' });
  return broken ? 'The mailer fails now, in all instances.' : 'The mailer works.';
}));

element('redrive').addEventListener('click', event => during(event.currentTarget, async () => {
  const response = await fetch('/api/orders/redrive', { method: 'POST' });
  return (await response.json()).redriven + ' orders are tried again';
}));

const live = new EventSource('/api/live');
live.onopen = () => { element('connection').textContent = ''; };
live.onerror = () => { element('connection').textContent = 'not connected'; };
live.onmessage = message => {
  const notification = JSON.parse(message.data);
  element('live').prepend(line(notification.client + ' ' + notification.what, 'sold'));
  while (element('live').children.length > 30) {
    element('live').lastElementChild.remove();
  }
};

refresh();
setInterval(refresh, 2000);
