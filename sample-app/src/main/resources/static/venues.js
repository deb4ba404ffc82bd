'use strict';

const map = document.getElementById('map');
const SVG = 'http://www.w3.org/2000/svg';

function line(parent, x1, y1, x2, y2) {
  const drawn = document.createElementNS(SVG, 'line');
  Object.entries({ x1, y1, x2, y2 }).forEach(([name, value]) => drawn.setAttribute(name, value));
  parent.append(drawn);
}

for (let degree = 0; degree <= 24; degree += 4) {
  line(document.getElementById('grid'), degree * 32.1, 0, degree * 32.1, 600);
}
for (let degree = 57; degree >= 45; degree -= 3) {
  line(document.getElementById('grid'), 0, (57 - degree) * 50, 770, (57 - degree) * 50);
}

async function nearest(x, y) {
  const place = new URLSearchParams({ latitude: 57 - y / 50, longitude: x / 32.1 });
  const venues = await (await fetch('/api/venues/nearest?' + place)).json();
  const lines = document.getElementById('lines');
  lines.replaceChildren();
  const names = venues.map(venue => {
    const dot = map.querySelector('[data-id="' + venue.id + '"]');
    line(lines, x, y, dot.dataset.x, dot.dataset.y);
    return dot.getAttribute('aria-label') + ' ' + venue.kilometres + ' km';
  });
  document.getElementById('nearest').textContent = names.join(', ');
}

async function look(venue) {
  const answer = await (await fetch('/api/venues/' + venue.dataset.id + '/views', { method: 'POST' })).json();
  venue.querySelector('.views').textContent = answer.views;
}

map.addEventListener('click', event => {
  const venue = event.target.closest('.venue');
  if (venue) {
    look(venue);
    return;
  }
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  nearest(point.x, point.y);
});

map.addEventListener('keydown', event => {
  const venue = event.target.closest('.venue');
  if (venue && event.key === 'Enter') {
    look(venue);
  }
});
