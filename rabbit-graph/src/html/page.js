'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const stage = byId('stage'), svg = stage.querySelector('svg'), tip = byId('tip');
  const tables = JSON.parse(byId('tables').textContent);
  const part = (text) => decodeURIComponent(text);

  // The objects of the picture, from the picture itself.
  const nodes = new Map(), edges = [];
  for (const group of svg.querySelectorAll('g.node[data-id]')) {
    const id = group.dataset.id, parts = id.split('/').map(part);
    const classes = [...group.classList];
    const node = {
      id, group, kind: classes[1], name: parts[parts.length - 1],
      vhost: parts.length > 2 ? parts[1] : null, out: [], into: [],
    };
    node.type = /^(exchange|queue)$/.test(node.kind) ? `${classes[2]} ${node.kind}` : node.kind.replace('-', ' ');
    nodes.set(id, node);
  }
  for (const group of svg.querySelectorAll('g.edge[data-source]')) {
    const edge = { group, kind: group.classList[1], from: nodes.get(group.dataset.source), to: nodes.get(group.dataset.target) };
    edge.from.out.push(edge);
    edge.to.into.push(edge);
    edges.push(edge);
  }
  // Titles become the tooltip of this page, which also works by keyboard.
  const told = new Map();
  for (const title of svg.querySelectorAll('g > title')) {
    told.set(title.parentNode, title.textContent);
    title.remove();
  }
  for (const node of nodes.values()) {
    node.group.setAttribute('tabindex', '0');
    node.group.setAttribute('role', 'button');
    node.group.setAttribute('aria-label', told.get(node.group));
  }

  // ---- what is seen: kept in the address
  const state = { node: null, q: '', depth: '1', vhosts: null, kinds: null, trace: null };
  function load() {
    const given = new URLSearchParams(location.hash.slice(1));
    state.node = given.get('node');
    state.q = given.get('q') || '';
    state.depth = given.get('depth') || '1';
    state.vhosts = given.has('vhost') ? given.getAll('vhost') : null;
    state.kinds = given.has('kind') ? given.getAll('kind') : null;
    state.trace = given.has('exchange') ? {
      vhost: given.get('in') || Object.keys(tables.vhosts)[0] || '', exchange: given.get('exchange'),
      key: given.get('key') || '', headers: given.getAll('header'),
    } : null;
  }
  function save() {
    const out = new URLSearchParams();
    if (state.node) out.set('node', state.node);
    if (state.q) out.set('q', state.q);
    if (state.depth !== '1') out.set('depth', state.depth);
    for (const name of state.vhosts || []) out.append('vhost', name);
    for (const name of state.kinds || []) out.append('kind', name);
    if (state.trace) {
      out.set('in', state.trace.vhost);
      out.set('exchange', state.trace.exchange);
      out.set('key', state.trace.key);
      for (const header of state.trace.headers) out.append('header', header);
    }
    const hash = out.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
  }

  // ---- view
  const [x, y, width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
  const full = { x, y, width, height };
  let view = { ...full };
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  const ground = svg.querySelector('.ground');
  for (const [name, value] of Object.entries({ x: -full.width * 5, y: -full.height * 5, width: full.width * 11, height: full.height * 11 })) ground.setAttribute(name, value);
  function show(next) {
    view = next;
    svg.setAttribute('viewBox', `${view.x} ${view.y} ${view.width} ${view.height}`);
  }
  function zoom(factor, at) {
    const width = Math.min(Math.max(view.width * factor, 80), full.width * 4);
    const scale = width / view.width;
    const point = at || { x: view.x + view.width / 2, y: view.y + view.height / 2 };
    show({ x: point.x - (point.x - view.x) * scale, y: point.y - (point.y - view.y) * scale, width, height: view.height * scale });
  }
  function place(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  }
  function reveal(groups) {
    if (!groups.length) return;
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    const toView = svg.getScreenCTM().inverse();
    for (const group of groups) {
      const box = group.getBoundingClientRect();
      if (!box.width && !box.height) continue;
      const one = new DOMPoint(box.left, box.top).matrixTransform(toView), two = new DOMPoint(box.right, box.bottom).matrixTransform(toView);
      left = Math.min(left, one.x); top = Math.min(top, one.y); right = Math.max(right, two.x); bottom = Math.max(bottom, two.y);
    }
    if (left > right) return;
    const width = Math.max(right - left + 80, 500), height = Math.max(bottom - top + 80, 300);
    show({ x: (left + right - width) / 2, y: (top + bottom - height) / 2, width, height });
  }

  // ---- filters
  const labels = { 'missing-exchange': 'missing exchange', 'missing-queue': 'missing queue' };
  function boxes(into, names, key) {
    for (const name of names) {
      const label = document.createElement('label'), box = document.createElement('input');
      box.type = 'checkbox';
      box.value = name;
      box.checked = !state[key] || state[key].includes(name);
      box.addEventListener('change', () => {
        const all = [...into.querySelectorAll('input')];
        const on = all.filter((one) => one.checked).map((one) => one.value);
        state[key] = on.length === all.length ? null : on;
        refresh();
      });
      label.append(box, ` ${labels[name] || name || '(empty name)'}`);
      into.append(label);
    }
  }
  const visible = (node) =>
    (!state.kinds || state.kinds.includes(node.type)) && (!state.vhosts || node.vhost === null || state.vhosts.includes(node.vhost));

  // ---- trace
  function parsed(lines) {
    const headers = {};
    for (const line of lines) {
      const at = line.indexOf('=');
      if (at > 0) Object.defineProperty(headers, line.slice(0, at), { value: Route.typed(line.slice(at + 1)), enumerable: true });
    }
    return headers;
  }
  const encode = (text) => [...text].map((c) => c === '%' || c === '/' || /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(c) ? encodeURIComponent(c) : c).join('');
  function trace() {
    const { vhost, exchange, key, headers } = state.trace;
    const answer = Route.trace(tables, vhost, exchange, key, parsed(headers));
    const kept = new Set(), ways = new Set();
    const find = (end) => {
      const at = end.indexOf('/'), kind = end.slice(0, at), name = encode(end.slice(at + 1));
      return nodes.get(`${kind}/${encode(vhost)}/${name}`);
    };
    const start = find(`exchange/${exchange}`);
    if (start) kept.add(start);
    for (const step of answer.way) {
      const from = find(step.from), to = find(step.to);
      if (from) kept.add(from);
      if (to) kept.add(to);
      for (const edge of from ? from.out : []) if (edge.to === to && edge.kind === step.kind) ways.add(edge);
    }
    for (const name of [...answer.queues, ...answer.one_of.flat()]) { const node = find(`queue/${name}`); if (node) kept.add(node); }
    const out = byId('answer');
    out.replaceChildren();
    const line = (text, lost) => { const p = document.createElement('div'); p.textContent = text; if (lost) p.className = 'lost'; out.append(p); };
    const list = (names) => {
      const ul = document.createElement('ul');
      for (const name of names) { const li = document.createElement('li'); li.textContent = name || '(empty name)'; ul.append(li); }
      out.append(ul);
    };
    if (answer.error) line(answer.error, true);
    else if (answer.returned) line('unroutable: no queue gets it', true);
    if (answer.queues.length) { line('lands in'); list(answer.queues); }
    for (const group of answer.one_of) { line('and in one of'); list(group); }
    return { kept, ways, answer };
  }

  // ---- focus
  function neighbourhood(start, steps) {
    const kept = new Set([start]), ways = new Set();
    for (const [side, end] of [['out', 'to'], ['into', 'from']]) {
      let border = [start];
      const seen = new Set(border);
      for (let step = 0; step < steps && border.length; step++) {
        const next = [];
        for (const node of border) for (const edge of node[side]) {
          ways.add(edge);
          kept.add(edge[end]);
          if (!seen.has(edge[end])) { seen.add(edge[end]); next.push(edge[end]); }
        }
        border = next;
      }
    }
    return { kept, ways };
  }

  function refresh(move) {
    for (const node of nodes.values()) node.group.classList.toggle('hidden', !visible(node));
    for (const edge of edges) edge.group.classList.toggle('hidden', !visible(edge.from) || !visible(edge.to));
    for (const group of svg.querySelectorAll('g.cluster')) {
      const id = group.dataset.id.split('/').map(part);
      group.classList.toggle('hidden', !!state.vhosts && !state.vhosts.includes(id[1]));
    }
    let marked = null;
    byId('found').textContent = '';
    byId('answer').replaceChildren();
    const chosen = state.node ? nodes.get(state.node) : null;
    if (state.trace) marked = trace();
    else if (chosen) marked = neighbourhood(chosen, Number(state.depth));
    else if (state.q) {
      const text = state.q.toLowerCase();
      const kept = new Set([...nodes.values()].filter((node) => visible(node) && node.name.toLowerCase().includes(text)));
      byId('found').textContent = `${kept.size} found`;
      marked = { kept, ways: new Set() };
    }
    for (const node of nodes.values()) {
      node.group.classList.toggle('dimmed', !!marked && !marked.kept.has(node));
      node.group.classList.toggle('chosen', node === chosen);
      node.group.setAttribute('aria-pressed', String(node === chosen));
    }
    for (const edge of edges) {
      edge.group.classList.toggle('dimmed', !!marked && !marked.ways.has(edge));
      edge.group.classList.toggle('way', !!state.trace && !!marked && marked.ways.has(edge));
    }
    byId('about').hidden = !chosen;
    byId('details').textContent = chosen ? told.get(chosen.group) : '';
    if (move && marked) reveal([...marked.kept].map((node) => node.group));
    save();
  }
  function choose(id, move) {
    state.node = id;
    state.trace = null;
    state.q = '';
    byId('search').value = '';
    const node = id === null ? null : nodes.get(id);
    if (node && node.vhost !== null && node.vhost in tables.vhosts) {
      byId('trace-vhost').value = node.vhost;
      exchanges();
      if (node.kind === 'exchange') byId('trace-exchange').value = node.name;
    }
    refresh(move);
  }
  function clear() {
    Object.assign(state, { node: null, q: '', trace: null });
    byId('search').value = '';
    refresh();
  }

  // ---- events
  let drag = null;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, view, moved: false, node: event.target.closest('g.node[data-id]') };
  });
  stage.addEventListener('pointermove', (event) => {
    if (drag) {
      const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
      if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      if (!drag.moved) { drag.moved = true; stage.setPointerCapture(event.pointerId); stage.classList.add('moving'); }
      const scale = 1 / svg.getScreenCTM().a;
      show({ ...drag.view, x: drag.view.x - dx * scale, y: drag.view.y - dy * scale });
      return;
    }
    const group = event.target.closest('g.node, g.edge, g.cluster');
    const text = group && told.get(group);
    tip.hidden = !text;
    if (text) {
      tip.textContent = text;
      tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
      tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
    }
  });
  stage.addEventListener('pointerleave', () => { tip.hidden = true; });
  stage.addEventListener('pointerup', () => {
    if (drag && !drag.moved) {
      const id = drag.node && drag.node.dataset.id;
      if (id) choose(id === state.node ? null : id);
      else clear();
    }
    drag = null;
    stage.classList.remove('moving');
  });
  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, place(event));
  }, { passive: false });
  svg.addEventListener('focusin', (event) => {
    const group = event.target.closest('g.node[data-id]');
    if (!group || !group.matches(':focus-visible')) return;
    const box = group.getBoundingClientRect(), frame = stage.getBoundingClientRect();
    if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) reveal([group]);
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === 'Escape') { clear(); event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const group = event.target.closest && event.target.closest('g.node[data-id]');
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (group && (event.key === 'Enter' || event.key === ' ')) choose(group.dataset.id === state.node ? null : group.dataset.id);
    else if (step) show({ ...view, x: view.x + step[0] * view.width / 10, y: view.y + step[1] * view.height / 10 });
    else if (event.key === '+' || event.key === '=') zoom(1 / 1.25);
    else if (event.key === '-') zoom(1.25);
    else if (event.key === '0') show({ ...full });
    else if (event.key === '/') byId('search').focus();
    else if (event.key === 't' || event.key === 'T') byId('trace-exchange').focus();
    else return;
    event.preventDefault();
  });
  byId('in').addEventListener('click', () => zoom(1 / 1.25));
  byId('out').addEventListener('click', () => zoom(1.25));
  byId('fit').addEventListener('click', () => show({ ...full }));
  byId('clear').addEventListener('click', clear);
  byId('depth').addEventListener('change', () => { state.depth = byId('depth').value; refresh(); });
  byId('search').addEventListener('input', () => {
    Object.assign(state, { q: byId('search').value, node: null, trace: null });
    refresh();
  });
  byId('search').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const text = state.q.toLowerCase();
    const all = [...nodes.values()].filter((node) => visible(node) && node.name.toLowerCase().includes(text));
    const exact = all.find((node) => node.name === state.q);
    if (exact || all.length === 1) choose((exact || all[0]).id, true);
    else reveal(all.map((node) => node.group));
  });
  byId('trace').addEventListener('submit', (event) => {
    event.preventDefault();
    state.node = null;
    state.trace = {
      vhost: byId('trace-vhost').value, exchange: byId('trace-exchange').value, key: byId('trace-key').value,
      headers: byId('trace-headers').value.split('\n').filter((line) => line !== ''),
    };
    refresh(true);
  });
  function exchanges() {
    const vhost = tables.vhosts[byId('trace-vhost').value];
    byId('exchanges').replaceChildren(...Object.keys(vhost ? vhost.exchanges : {}).filter((name) => name).map((name) => new Option(name, name)));
  }
  byId('trace-vhost').addEventListener('change', exchanges);
  // An exchange that only one virtual host has tells which one is meant.
  byId('trace-exchange').addEventListener('change', () => {
    const name = byId('trace-exchange').value;
    const having = Object.keys(tables.vhosts).filter((vhost) => Object.keys(tables.vhosts[vhost].exchanges).includes(name));
    if (having.length === 1 && having[0] !== byId('trace-vhost').value) {
      byId('trace-vhost').value = having[0];
      exchanges();
    }
  });

  // ---- begin
  function begin() {
    load();
    byId('search').value = state.q;
    byId('depth').value = state.depth;
    if (state.trace) {
      byId('trace-vhost').value = state.trace.vhost;
      byId('trace-exchange').value = state.trace.exchange;
      byId('trace-key').value = state.trace.key;
      byId('trace-headers').value = state.trace.headers.join('\n');
    }
    for (const [id, key] of [['vhosts', 'vhosts'], ['kinds', 'kinds']]) {
      for (const box of byId(id).querySelectorAll('input')) box.checked = !state[key] || state[key].includes(box.value);
    }
    exchanges();
    refresh(true);
  }
  load();
  byId('trace-vhost').replaceChildren(...Object.keys(tables.vhosts).map((name) => new Option(name || '(empty name)', name)));
  byId('names').replaceChildren(...[...nodes.values()].map((node) => new Option(node.name, node.name)));
  boxes(byId('vhosts'), [...new Set([...nodes.values()].map((node) => node.vhost).filter((name) => name !== null))], 'vhosts');
  boxes(byId('kinds'), [...new Set([...nodes.values()].map((node) => node.type))], 'kinds');
  addEventListener('hashchange', begin);
  begin();
  document.documentElement.dataset.ready = 'true';
})();
