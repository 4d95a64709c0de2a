import type uPlot from 'uplot';

/** What the server's drawing marks: a moment in seconds since 1970, and its text. */
export type Mark = [number, string];

/** The marks that the server wrote beside a chart; none where there are none or they cannot be read. */
export function read(text: string | undefined): Mark[] {
  const found: unknown = JSON.parse(text || '[]');
  return Array.isArray(found) ? (found as Mark[]) : [];
}

/** Draws them over a chart: a line each, and its text above it where there is room beside the one before. */
export function draw(chart: uPlot, marks: Mark[]) {
  const width = chart.over.clientWidth;
  let freeFrom = Number.NEGATIVE_INFINITY;
  for (const [at, text] of marks) {
    const place = Math.round(chart.valToPos(at, 'x'));
    const line = document.createElement('div');
    line.className = 't-mark';
    line.title = text;
    line.style.left = `${place}px`;
    const said = document.createElement('span');
    said.textContent = text;
    line.append(said);
    chart.over.append(line);
    const half = said.offsetWidth / 2;
    const middle = Math.min(Math.max(place, half), width - half);
    said.style.left = `${middle - half - place}px`;
    // What has no room is read aloud, and shown when its line is pointed at.
    if (middle - half < freeFrom) said.className = 'hidden';
    else freeFrom = middle + half + 6;
  }
}
