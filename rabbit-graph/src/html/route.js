'use strict';
// The broker's routing rules over the tables that the page carries. The same
// rules are in Rust; the tests put the same cases to both.
const Route = (() => {
  const own = (object, name) => Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined;

  // Topic patterns: `*` is one word, `#` any number of words; "" has none.
  const words = (key) => key === '' ? [] : key.split('.');
  function topic(pattern, key) {
    const p = words(pattern), k = words(key);
    let now = new Set([0]);
    const skip = (set) => { for (const at of set) if (p[at] === '#') set.add(at + 1); return set; };
    skip(now);
    for (const word of k) {
      const next = new Set();
      for (const at of now) {
        if (p[at] === '#') next.add(at);
        else if (at < p.length && (p[at] === '*' || p[at] === word)) next.add(at + 1);
      }
      now = skip(next);
      if (now.size === 0) return false;
    }
    return now.has(p.length);
  }

  // Values carry their type: ['i', '1'], ['f', 1], ['s', '1'], ['b', true],
  // ['n'], ['o', text].
  function same(one, two, strict) {
    if (one[0] === two[0]) return one[1] === two[1];
    const number = (value) => value[0] === 'i' || value[0] === 'f';
    return !strict && number(one) && number(two) && Number(one[1]) === Number(two[1]);
  }
  function headers(args, given, rules) {
    const asked = (own(args, 'x-match') || ['s', 'all'])[1];
    const any = asked === 'any' || (rules.with_x && asked === 'any-with-x');
    const countX = rules.with_x && (asked === 'any-with-x' || asked === 'all-with-x');
    const names = Object.keys(args).filter((name) => countX ? name !== 'x-match' : !name.startsWith('x-'));
    const holds = (name) => {
      const value = own(given, name);
      if (value === undefined) return false;
      // A void value asks for the header to be there, whatever it is.
      return args[name][0] === 'n' || same(args[name], value, rules.strict_numbers);
    };
    return any ? names.some(holds) : names.every(holds);
  }

  const ONE_OF = new Set(['x-consistent-hash', 'x-random', 'x-local-random', 'x-modulus-hash']);
  const target = (binding) => binding.queue === undefined ? `e${binding.exchange}` : `q${binding.queue}`;

  // A binding of a consistent-hash exchange counts with a weight of at least
  // one, and only the first to each destination.
  function weighted(bindings) {
    const seen = new Set();
    return bindings.filter((binding) => {
      const counts = /^\+?[0-9]+$/.test(binding.key) && BigInt(binding.key.replace('+', '')) > 0n && !seen.has(target(binding));
      if (counts) seen.add(target(binding));
      return counts;
    });
  }

  // Where one exchange itself sends a message.
  function matches(exchange, bindings, message, rules) {
    const { keys, headers: given } = message;
    switch (exchange.type) {
      case 'fanout': return bindings;
      case 'direct': return bindings.filter((binding) => keys.includes(binding.key));
      case 'topic': return bindings.filter((binding) => keys.some((key) => topic(binding.key, key)));
      case 'headers': return bindings.filter((binding) => headers(binding.arguments, given, rules));
      case 'x-consistent-hash': return weighted(bindings);
      default:
        if (ONE_OF.has(exchange.type)) return bindings;
        throw new Unknown(exchange.type);
    }
  }
  class Unknown extends Error {}

  function trace(tables, vhostName, exchangeName, key, given, more) {
    const answer = { error: null, returned: false, queues: [], one_of: [], way: [] };
    const vhost = own(tables.vhosts, vhostName);
    if (!vhost) { answer.error = '530 NOT_ALLOWED'; return answer; }
    const first = own(vhost.exchanges, exchangeName);
    if (!first || first.missing) { answer.error = '404 NOT_FOUND'; return answer; }
    if (first.internal) { answer.error = '403 ACCESS_REFUSED'; return answer; }
    const message = { keys: [key, ...(more || [])], headers: given };
    const found = { queues: new Set(), groups: [] };
    const exists = (binding) => {
      const object = binding.queue === undefined ? own(vhost.exchanges, binding.exchange) : own(vhost.queues, binding.queue);
      return object && !object.missing;
    };
    const step = (from, binding, kind) => answer.way.push({
      from: `exchange/${from}`, kind: kind || (binding.queue === undefined ? 'exchange-binding' : 'binding'),
      to: binding.queue === undefined ? `exchange/${binding.exchange}` : `queue/${binding.queue}`,
    });

    // Each exchange once; the alternate exchange where an exchange itself
    // matches nothing.
    function walk(start, seen, into) {
      const waiting = [start];
      const enter = (from, binding, kind) => {
        step(from, binding, kind);
        if (binding.queue !== undefined) into.queues.add(binding.queue);
        else if (!seen.has(binding.exchange)) { seen.add(binding.exchange); waiting.push(binding.exchange); }
      };
      while (waiting.length) {
        const name = waiting.pop(), exchange = own(vhost.exchanges, name);
        const matched = matches(exchange, exchange.bindings.filter(exists), message, tables);
        if (ONE_OF.has(exchange.type) && matched.length > 1) { pick(name, matched, seen, into); continue; }
        for (const binding of matched) enter(name, binding);
        const alternate = { exchange: exchange.alternate };
        if (!matched.length && exchange.alternate !== null && exists(alternate)) enter(name, alternate, 'alternate');
      }
    }
    // An exchange that picks one destination: each is followed on its own.
    function pick(name, matched, seen, into) {
      const group = new Set(), done = new Set();
      for (const binding of matched) {
        if (done.has(target(binding))) continue;
        done.add(target(binding));
        step(name, binding);
        if (binding.queue !== undefined) { group.add(binding.queue); continue; }
        if (seen.has(binding.exchange)) continue;
        const branch = { queues: new Set(), groups: [] };
        walk(binding.exchange, new Set([...seen, binding.exchange]), branch);
        for (const queue of [...branch.queues, ...branch.groups.flat()]) group.add(queue);
      }
      if (group.size) into.groups.push([...group]);
    }

    try {
      if (exchangeName === '') {
        for (const key of message.keys) {
          const binding = { queue: key };
          if (exists(binding)) { found.queues.add(key); step('', binding); }
        }
      } else walk(exchangeName, new Set([exchangeName]), found);
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      answer.error = `unpredictable exchange type ${error.message}`;
      answer.way = [];
      return answer;
    }
    answer.queues = [...found.queues].sort(order);
    // A queue that gets it for certain needs no luck.
    answer.one_of = found.groups
      .filter((group) => group.some((queue) => !found.queues.has(queue)))
      .map((group) => group.sort(order))
      .sort(byNames);
    answer.returned = !answer.queues.length && !answer.one_of.length;
    return answer;
  }

  function byNames(one, two) {
    for (let at = 0; at < Math.min(one.length, two.length); at++) {
      const difference = order(one[at], two[at]);
      if (difference) return difference;
    }
    return one.length - two.length;
  }

  // By bytes of UTF-8, which is the order of code points.
  function order(one, two) {
    const a = Array.from(one), b = Array.from(two);
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      const difference = a[at].codePointAt(0) - b[at].codePointAt(0);
      if (difference) return difference;
    }
    return a.length - b.length;
  }

  // A value as a user types it: JSON where it is a number, true, false or
  // null, text otherwise.
  function typed(text) {
    if (text === 'true' || text === 'false') return ['b', text === 'true'];
    if (text === 'null') return ['n'];
    if (/^-?(0|[1-9][0-9]*)$/.test(text)) return ['i', String(BigInt(text))];
    if (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(text)) return ['f', Number(text)];
    return ['s', text];
  }
  // A value of a JSON document; JSON.parse does not tell 1 from 1.0.
  function fromJson(value) {
    if (value === null) return ['n'];
    if (typeof value === 'boolean') return ['b', value];
    if (typeof value === 'number') return Number.isInteger(value) ? ['i', String(value)] : ['f', value];
    if (typeof value === 'string') return ['s', value];
    return ['o', JSON.stringify(value)];
  }
  return { trace, topic, typed, fromJson };
})();
