// A plot on a canvas, by uPlot. A canvas says nothing to a screen reader: the
// words beside it are figure.mjs.
import uPlot from 'uplot';

const height = 190;
const least = 0.1; // milliseconds, on a logarithmic scale
const dashes = { dashed: [7, 4], dotted: [2, 4] };

/**
 * Draws columns into an element until it is ended. series: {label, color, line},
 * color being the name of a custom property. scale: 'log' for times, which
 * differ by orders of magnitude. onPoint: told the index pointed at, or undefined.
 */
export class Plot {
  constructor(element, { series, value, scale, onPoint }) {
    Object.assign(this, { element, series, value, scale, onPoint });
    this.data = [[], ...series.map(() => [])];
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.repaint = () => {
      this.plot.destroy();
      this.begin();
    };
    this.dark.addEventListener('change', this.repaint);
    this.sizes = new ResizeObserver(() => this.resize());
    this.begin();
    this.sizes.observe(element);
  }

  begin() {
    const style = getComputedStyle(this.element);
    const paint = (name) => style.getPropertyValue(`--${name}`).trim();
    const axis = {
      stroke: paint('faint'),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: paint('line'), width: 1 },
      ticks: { stroke: paint('line'), width: 1, size: 4 },
    };
    const log = this.scale === 'log';
    const y = log
      ? { distr: 3, range: (u, low, high) => uPlot.rangeLog(low ?? 1, Math.max(high ?? 10, 10), 10, true) }
      : { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] };
    this.plot = new uPlot({
      width: Math.max(this.element.clientWidth, 160),
      height,
      legend: { show: false }, // ours has the page's own words
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: { y },
      axes: [
        { ...axis, size: 30, space: 70, values: times },
        { ...axis, size: 62, space: log ? 18 : 34, grid: log ? { ...axis.grid, filter: powers } : axis.grid, values: (u, ticks) => ticks.map((v) => (v === null ? '' : this.value(v))) },
      ],
      series: [{}, ...this.series.map((s) => ({
        label: s.label, stroke: paint(s.color), dash: dashes[s.line], width: 1.75, points: { show: lonely, size: 7 },
      }))],
      hooks: { setCursor: [(u) => this.onPoint?.(u.cursor.idx ?? undefined)] },
    }, this.drawn(), this.element);
  }

  // A logarithm has no zero: what is less is drawn as the least.
  drawn() {
    if (this.scale !== 'log') return this.data;
    return [this.data[0], ...this.data.slice(1).map((c) => c.map((v) => (v === null ? null : Math.max(v, least))))];
  }

  show(data) {
    this.data = data;
    this.plot.setData(this.drawn());
  }

  resize() {
    const width = this.element.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height });
  }

  end() {
    this.sizes.disconnect();
    this.dark.removeEventListener('change', this.repaint);
    this.plot.destroy();
  }
}

// Of a logarithm's lines only those at powers of ten.
const powers = (u, ticks) => ticks.map((v) => (Number.isInteger(Math.round(Math.log10(v) * 1e6) / 1e6) ? v : null));

// A point that has no neighbour to be joined to is drawn as one, so that a
// single minute with jobs is seen.
function lonely(u, series, from, to) {
  const column = u.data[series];
  for (let k = from; k <= to; k++) {
    if (column[k] != null && column[k - 1] == null && column[k + 1] == null) return true;
  }
  return false;
}

const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

// A tick at midnight is worded as the day that begins.
function times(u, ticks) {
  return ticks.map((t) => {
    const d = new Date(t * 1000);
    return (d.getHours() === 0 && d.getMinutes() === 0 ? day : clock).format(d);
  });
}
