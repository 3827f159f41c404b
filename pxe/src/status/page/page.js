// The status page: asks for the clients once a second and shows them. What
// clients chose (names, paths, classes) is only ever set as text.
'use strict';

const STATES = ['loading', 'stopped', 'offered', 'asking', 'loaded', 'ignored'];
const PACE = 1000;

const find = (id) => document.getElementById(id);
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
// Text is written only where it differs: selections and screen readers stay.
const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

let clients = [];
let now = Date.now();
let only = null;
let open = null;
let lastContact = null;
const rows = new Map();
const before = new Map();

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1000; unit += 1; }
  return `${unit === 0 ? count : count.toFixed(count < 100 ? 1 : 0)} ${units[unit]}`;
}

function ago(instant) {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 2) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

const clock = (instant) => new Date(instant).toLocaleTimeString([], { hour12: false });

// Bytes a second between two looks, or on the whole when there was only one.
function rate(client) {
  const file = client.file;
  const old = before.get(client.id);
  if (old && old.name === file.name && file.bytes >= old.bytes && now > old.now) {
    return (file.bytes - old.bytes) * 1000 / (now - old.now);
  }
  return file.ms > 0 ? file.bytes * 1000 / file.ms : 0;
}

function remember() {
  for (const client of clients) {
    if (client.file && client.file.under_way) {
      before.set(client.id, { name: client.file.name, bytes: client.file.bytes, now });
    } else {
      before.delete(client.id);
    }
  }
}

function words(client) {
  return [client.id, client.address, client.arch, client.firmware, client.host, client.class, client.rule,
    client.state, client.text, client.file && client.file.name].filter(Boolean).join('\n').toLowerCase();
}

function wanted() {
  const parts = find('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (client) => {
    if (only && client.state !== only) return false;
    const text = words(client);
    return parts.every((part) => text.includes(part));
  };
  const place = (client) => STATES.indexOf(client.state);
  return clients.filter(fits).sort((a, b) => place(a) - place(b) || b.began.localeCompare(a.began) || a.id.localeCompare(b.id));
}

function newRow(id) {
  const row = make('tr');
  const cells = ['state', 'client', 'address', 'firmware', 'stands', 'heard'].map((name) => {
    const cell = make('td');
    row.append(cell);
    return [name, cell];
  });
  const parts = Object.fromEntries(cells);
  parts.row = row;
  parts.word = make('span');
  parts.state.append(parts.word);
  parts.id = make('button', 'client', id);
  parts.id.type = 'button';
  parts.host = make('div', 'soft small wide');
  parts.client.append(parts.id, parts.host);
  parts.address.className = 'mono';
  parts.arch = make('div');
  parts.stage = make('div', 'soft small');
  parts.firmware.append(parts.arch, parts.stage);
  parts.line = make('div');
  parts.text = make('div', 'wide');
  parts.bar = make('span', 'bar');
  parts.full = make('i');
  parts.bar.append(parts.full);
  parts.numbers = make('div', 'soft small');
  parts.line.append(parts.text, parts.numbers);
  parts.stands.append(parts.line, parts.bar);
  parts.heard.className = 'right soft small';
  parts.heard.style.whiteSpace = 'nowrap';
  row.addEventListener('click', () => choose(open === id ? null : id));
  return parts;
}

function fill(parts, client) {
  put(parts.word, client.state);
  parts.word.className = `state ${STATES.includes(client.state) ? client.state : ''}`;
  put(parts.host, client.host || '');
  put(parts.address, client.address && client.address !== client.id ? client.address : '');
  put(parts.arch, client.arch || '');
  put(parts.stage, client.firmware === '-' ? '' : client.firmware);
  const file = client.file;
  const loading = Boolean(file && file.under_way);
  put(parts.text, loading ? file.name : client.text);
  parts.line.className = loading ? 'along' : '';
  parts.bar.hidden = !(loading && file.size);
  parts.bar.style.display = parts.bar.hidden ? 'none' : '';
  if (!parts.bar.hidden) parts.full.style.width = `${Math.min(100, file.bytes * 100 / file.size).toFixed(1)}%`;
  const numbers = loading
    ? `${bytes(file.bytes)}${file.size ? ` of ${bytes(file.size)}` : ''}, ${bytes(Math.round(rate(client)))}/s`
    : (client.state === 'stopped' && client.reason && client.reason.hint) || '';
  put(parts.numbers, numbers);
  put(parts.heard, ago(client.last));
  parts.row.classList.toggle('open', open === client.id);
}

function show() {
  const shown = wanted();
  const body = find('rows');
  const left = new Set(rows.keys());
  let at = body.firstElementChild;
  for (const client of shown) {
    let parts = rows.get(client.id);
    if (!parts) { parts = newRow(client.id); rows.set(client.id, parts); }
    left.delete(client.id);
    fill(parts, client);
    if (parts.row === at) at = at.nextElementSibling;
    else body.insertBefore(parts.row, at);
  }
  for (const id of left) { rows.get(id).row.remove(); rows.delete(id); }
  showStates();
  const empty = shown.length === 0;
  find('empty').hidden = !empty;
  body.parentElement.hidden = empty;
  if (empty && lastContact) {
    put(find('empty-text'), clients.length === 0
      ? 'No machine has asked yet.\nStart one that boots from the network: every step of its boot appears here.'
      : 'No client fits the filter.');
  }
}

function showStates() {
  const group = find('states');
  if (!group.firstChild) {
    for (const state of [null, ...STATES]) {
      const button = make('button');
      button.type = 'button';
      const count = make('b');
      const word = make('span', state || '', state || 'all');
      button.append(word, count);
      button.dataset.state = state || '';
      button.addEventListener('click', () => { only = only === state ? null : state; show(); });
      group.append(button);
    }
  }
  for (const button of group.children) {
    const state = button.dataset.state;
    const count = state ? clients.filter((client) => client.state === state).length : clients.length;
    put(button.lastChild, String(count));
    button.classList.toggle('none', count === 0);
    button.setAttribute('aria-pressed', String((only || '') === state));
  }
}

function choose(id) {
  open = id;
  history.replaceState(null, '', id ? `#client=${encodeURIComponent(id)}` : location.pathname);
  for (const [key, parts] of rows) parts.row.classList.toggle('open', key === id);
  if (!id) { find('detail').hidden = true; return; }
  look();
}

// One client's boot, step by step.
async function look() {
  const id = open;
  if (!id) return;
  const answer = await fetch(`/status.json?client=${encodeURIComponent(id)}`, { cache: 'no-store' });
  if (open !== id) return;
  const detail = find('detail');
  if (!answer.ok) { detail.replaceChildren(head(id), make('p', 'soft', 'Nothing is known of this client any more.')); detail.hidden = false; return; }
  const client = await answer.json();
  const text = JSON.stringify(client);
  if (open !== id || (detail.dataset.shown === text && !detail.hidden)) return;
  detail.dataset.shown = text;
  const place = detail.scrollTop;
  detail.replaceChildren(...describe(client));
  detail.hidden = false;
  detail.scrollTop = place;
}

function head(id) {
  const top = make('div', 'top');
  const close = make('button', 'close', '×');
  close.type = 'button';
  close.setAttribute('aria-label', 'Close');
  close.addEventListener('click', () => choose(null));
  top.append(make('h2', '', id), close);
  return top;
}

function describe(client) {
  const parts = [head(client.id)];
  const facts = make('dl');
  const fact = (name, value) => {
    if (value) facts.append(make('dt', '', name), make('dd', '', value));
  };
  fact('Address', client.address);
  fact('Name', client.host);
  fact('Firmware', [client.arch, client.firmware].filter((word) => word && word !== '-').join(', '));
  fact('Vendor class', client.class);
  fact('Rule', client.rule);
  fact('Boot', client.boots > 1 ? `number ${client.boots}, since ${clock(client.began)}` : `since ${clock(client.began)}`);
  parts.push(facts);
  const reason = make('div', `reason ${STATES.includes(client.state) ? client.state : ''}`);
  reason.append(make('span', 'state', client.state), make('p', '', client.text));
  if (client.reason && client.reason.hint) reason.append(make('p', 'soft small', client.reason.hint));
  parts.push(reason, make('h3', '', 'Step by step'));
  const steps = make('ol');
  for (const step of client.steps) {
    const item = make('li');
    const after = ((Date.parse(step.at) - Date.parse(client.began)) / 1000).toFixed(1);
    const again = step.times > 1 ? `, ${step.times} times until ${clock(step.last)}` : '';
    item.append(make('time', '', `${clock(step.at)}  (+${after} s)${again}`), make('span', '', step.text));
    steps.append(item);
  }
  parts.push(steps);
  if (client.left_out > 0) parts.push(make('p', 'soft small', `${client.left_out} steps between the first and the last were not kept`));
  if (client.past.length > 0) {
    parts.push(make('h3', '', 'Boots before'));
    const past = make('ol');
    for (const boot of [...client.past].reverse()) {
      const item = make('li');
      item.append(make('time', '', clock(boot.began)), make('span', '', `${boot.state}: ${boot.text}`));
      past.append(item);
    }
    parts.push(past);
  }
  return parts;
}

async function refresh() {
  const contact = find('contact');
  try {
    const answer = await fetch('/status.json', { cache: 'no-store' });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const status = await answer.json();
    clients = status.clients;
    now = Date.parse(status.at);
    lastContact = new Date();
    put(contact, 'live');
    contact.className = 'live';
    put(find('version'), `pxe ${status.version}`);
    show();
    remember();
    await look();
  } catch (error) {
    put(contact, lastContact ? `no contact since ${clock(lastContact)}` : 'no contact');
    contact.className = 'lost';
  }
  document.documentElement.dataset.ready = 'true';
}

find('filter').addEventListener('input', show);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== find('filter')) { event.preventDefault(); find('filter').focus(); }
  if (event.key === 'Escape') {
    if (document.activeElement === find('filter') && find('filter').value) { find('filter').value = ''; show(); }
    else choose(null);
  }
});
const linked = /^#client=(.+)$/.exec(location.hash);
if (linked) open = decodeURIComponent(linked[1]);
(async () => {
  for (;;) {
    await refresh();
    await new Promise((done) => { setTimeout(done, PACE); });
  }
})();
