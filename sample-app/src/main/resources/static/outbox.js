'use strict';

const element = id => document.getElementById(id);

function cell(text) {
  const td = document.createElement('td');
  td.textContent = text;
  return td;
}

function row(job) {
  const line = document.createElement('tr');
  line.className = job.state.toLowerCase();
  const last = document.createElement('td');
  if (job.state === 'DEAD') {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet';
    button.textContent = 'Requeue';
    button.addEventListener('click', () => act('/api/outbox/' + encodeURIComponent(job.id) + '/requeue', 'Requeued.'));
    last.append(button);
  }
  line.append(cell(job.state), cell(job.attempts), cell(job.payload), cell(job.error), last);
  return line;
}

function show(view) {
  const stats = view.stats;
  const values = {
    'open': stats.waiting + stats.active + stats.delayed, 'delivered': view.delivered, 'dead': stats.dead,
    'waiting': stats.waiting, 'active': stats.active, 'delayed': stats.delayed, 'workers': stats.workers,
    'completed': stats.totals.completed, 'failed': stats.totals.failed, 'stalled': stats.totals.stalled
  };
  Object.entries(values).forEach(([id, value]) => { element(id).textContent = value; });
  element('mail-server').dataset.up = view.mailServerUp;
  element('mail-server').textContent = 'Switch the mail server ' + (view.mailServerUp ? 'off' : 'on');
  element('jobs').replaceChildren(...view.jobs.map(row));
}

async function refresh() {
  const response = await fetch('/api/outbox');
  if (response.ok) {
    show(await response.json());
  }
}

async function act(path, done) {
  try {
    const response = await fetch(path, { method: 'POST' });
    element('answer').textContent = response.ok ? done : 'The shop answered ' + response.status;
  } catch (failure) {
    element('answer').textContent = 'The shop does not answer: ' + failure.message;
  }
  await refresh();
}

element('mail-server').addEventListener('click', event => {
  const up = event.currentTarget.dataset.up !== 'true';
  act('/api/outbox/mail-server?up=' + up, up ? 'The mail server is up.' : 'The mail server is down: confirmations fail now.');
});
element('requeue').addEventListener('click', () => act('/api/outbox/requeue', 'All dead confirmations are ready again.'));

refresh();
setInterval(refresh, 1000);
