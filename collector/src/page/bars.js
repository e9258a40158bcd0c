// Draws stacked bars, one path for each series: few elements, however many bars. Colours
// are the stylesheet's.
import { svgElement } from './element.js';

const GAP = 1;
// A count that is there is seen, however small it is beside the others.
const LEAST_HEIGHT = 1.5;

/**
 * `series` are `{place, buckets}`, the lowest of the stack first; `place` names the colour
 * (`series-0`…). `most` is the sum that takes the full height.
 */
export function drawBars(drawing, series, most) {
  const { width, height } = drawing.getBoundingClientRect();
  if (width === 0 || series.length === 0) return;
  drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const count = series[0].buckets.length;
  const edge = (at) => Math.round((at / count) * width);
  const tops = new Array(count).fill(height);
  const paths = series.map(({ place, buckets }) => {
    let d = '';
    buckets.forEach((value, at) => {
      if (value === 0) return;
      const tall = Math.max(LEAST_HEIGHT, (value / most) * height);
      const bottom = tops[at];
      tops[at] = Math.max(0, bottom - tall);
      // A hairline sets the parts of a bar apart, where there is room for it.
      const top = tall > 3 && bottom < height ? bottom - 0.75 : bottom;
      d += `M${edge(at)} ${top.toFixed(1)}V${tops[at].toFixed(1)}H${Math.max(edge(at) + 1, edge(at + 1) - GAP)}V${top.toFixed(1)}Z`;
    });
    return svgElement('path', { class: `series-${place}`, d });
  });
  drawing.replaceChildren(...paths);
}
