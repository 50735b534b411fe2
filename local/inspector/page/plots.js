import { clock, el, number, span } from './dom.js';

const WIDTH = 600;
const HEIGHT = 110;
const SVG = 'http://www.w3.org/2000/svg';

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function frame(title, ...shapes) {
  const svg = shape('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': title,
  });
  svg.append(...shapes);
  return svg;
}

/** A path through the points that are there; where one is missing, the line is broken. */
function line(values, top, name) {
  const step = WIDTH / values.length;
  let path = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === undefined || value === null) {
      pen = 'M';
      return;
    }
    path += `${pen}${((index + 0.5) * step).toFixed(1)} ${(HEIGHT - (value / top) * (HEIGHT - 6)).toFixed(1)}`;
    // A point alone is a dot, not nothing.
    if (pen === 'M') path += 'h1';
    pen = 'L';
  });
  return shape('path', { d: path, class: `line ${name}`, 'vector-effect': 'non-scaling-stroke' });
}

function bars(stacks, top) {
  const step = WIDTH / stacks.length;
  return stacks.flatMap((stack, index) => {
    let y = HEIGHT;
    return stack.flatMap(([name, value]) => {
      if (!value) return [];
      const height = (value / top) * (HEIGHT - 6);
      y -= height;
      return shape('rect', {
        x: (index * step).toFixed(2),
        y: y.toFixed(1),
        width: (step * 0.85).toFixed(2),
        height: height.toFixed(1),
        class: name,
      });
    });
  });
}

/** The next round number above: 1, 2 or 5 times a power of ten. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

function axis(history) {
  return el('div', { name: 'axis' }, el('span', { text: clock(history[0].startMs) }), el('span', { text: 'now' }));
}

const legend = (...entries) =>
  el('span', { name: 'legend' }, ...entries.map(([name, text]) => el('span', { name: `key ${name}`, text })));

/** Keys per second: what came in as a line, what was settled as bars. */
export function throughput(history) {
  const seconds = (history[1].startMs - history[0].startMs) / 1000;
  const perSecond = (count) => count / seconds;
  const top = round(Math.max(1, ...history.map((bar) => perSecond(Math.max(bar.added, bar.done + bar.failed)))));
  const title = `keys per second, up to ${number(top)}`;
  return [
    el('h2', {}, el('span', { text: title }), legend(['added', 'added'], ['done', 'done'], ['failed', 'failed'])),
    frame(
      title,
      ...bars(
        history.map(({ done, failed }) => [
          ['failed', perSecond(failed)],
          ['done', perSecond(done)],
        ]),
        top,
      ),
      line(
        history.map(({ added }) => perSecond(added)),
        top,
        'added',
      ),
    ),
    axis(history),
  ];
}

/** From eligible to started: the median and the 99th percentile. */
export function waits(history) {
  const known = history.flatMap(({ waitP99Ms }) => waitP99Ms ?? []);
  const top = round(Math.max(1, ...known));
  const title = `wait before the start, up to ${span(top)}`;
  return [
    el('h2', {}, el('span', { text: title }), legend(['p50', 'p50'], ['p99', 'p99'])),
    frame(
      title,
      line(
        history.map(({ waitP99Ms }) => waitP99Ms),
        top,
        'p99',
      ),
      line(
        history.map(({ waitP50Ms }) => waitP50Ms),
        top,
        'p50',
      ),
    ),
    axis(history),
  ];
}
