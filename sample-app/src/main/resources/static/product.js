'use strict';

const element = id => document.getElementById(id);
const path = '/api/catalogue/' + encodeURIComponent(element('product').dataset.id);

function line(text, kind) {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  return item;
}

async function look() {
  const response = await fetch(path);
  if (!response.ok) {
    return;
  }
  const answer = await response.json();
  const price = answer.product.price.toFixed(2);
  element('price').textContent = price;
  element('source').textContent = answer.source;
  element('time').textContent = answer.millis.toFixed(2);
  element('requests').prepend(line(price + ', ' + answer.source + ', ' + answer.millis.toFixed(2) + ' ms',
    answer.source === 'LOADED' ? 'denied' : ''));
  while (element('requests').children.length > 20) {
    element('requests').lastElementChild.remove();
  }
}

async function during(button, action) {
  button.disabled = true;
  try {
    element('answer').textContent = await action();
  } catch (failure) {
    element('answer').textContent = 'The shop does not answer: ' + failure.message;
  } finally {
    button.disabled = false;
    await look();
  }
}

element('again').addEventListener('click', look);

element('dearer').addEventListener('click', event => during(event.currentTarget, async () => {
  const price = (Number(element('price').textContent) + 1).toFixed(2);
  const response = await fetch(path + '/price?price=' + price, { method: 'POST' });
  return response.ok ? 'It is ' + price + ' now.' : 'The shop answered ' + response.status;
}));

element('stampede').addEventListener('click', event => during(event.currentTarget, async () => {
  const outcome = await (await fetch(path + '/stampede', { method: 'POST' })).json();
  const answers = Object.entries(outcome.answers).map(([source, count]) => count + ' ' + source).join(', ');
  return outcome.visitors + ' visitors, ' + outcome.queries + (outcome.queries === 1 ? ' query, ' : ' queries, ')
    + outcome.millis + ' ms: ' + answers;
}));

setInterval(look, 1000);
