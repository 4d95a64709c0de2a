import { isOn, turn } from './packets';

/** Keys that lead to a place after `g`, by the names of places. */
const PLACES: Record<string, string> = {
  s: 'situation',
  e: 'explore',
  p: 'packets',
  f: 'findings',
  r: 'reports',
};
/** How long a `g` waits for its second letter. */
const WAIT_MS = 1_500;

/** Shows a selection as a table alone, or as a chart again. */
function table() {
  const graph = document.querySelector<HTMLSelectElement>('select[name=g]');
  if (!graph) return;
  graph.value = graph.value === 'table' ? 'stacked' : 'table';
  graph.form?.requestSubmit();
}

/** Moves in the rows of a page's tables; the list of packets has keys of its own. */
function row(step: number) {
  if (document.querySelector('t-packets')) return;
  const links = [...document.querySelectorAll<HTMLAnchorElement>('main .rows tbody th > a')];
  const here = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[here < 0 ? 0 : Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
}

/** The keyboard of every page; the list of keys is the server's, in the page's language. */
export function keys() {
  let isLeading = false;
  const help = document.querySelector<HTMLDialogElement>('#keys');
  const box = help?.querySelector<HTMLInputElement>('input[type=checkbox]');
  if (box) {
    box.checked = isOn();
    box.addEventListener('change', () => turn(box.checked));
  }
  const follow = (selector: string) => document.querySelector<HTMLAnchorElement>(selector)?.click();
  const acts: Record<string, () => void> = {
    '/': () => (document.querySelector<HTMLInputElement>('#f') ?? document.querySelector<HTMLInputElement>('#jump'))?.focus(),
    '[': () => follow('.look a[rel=prev]'),
    ']': () => follow('.look a[rel=next]'),
    '-': () => follow('.look a[data-zoom=out]'),
    '=': () => follow('.look a[data-zoom=in]'),
    t: table,
    j: () => row(1),
    k: () => row(-1),
    c: () => document.querySelector<HTMLSelectElement>('select[name=vs]')?.focus(),
    a: () => document.querySelector<HTMLFormElement>('form.acknowledge')?.requestSubmit(),
    x: () => document.querySelector<HTMLElement>('.take summary')?.click(),
    y: () => void navigator.clipboard?.writeText(location.href),
    '?': () => help?.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const isTyping = target.matches('input, textarea, select, [contenteditable]');
    if (event.ctrlKey && event.key === 'k') {
      document.querySelector<HTMLInputElement>('#jump')?.focus();
      event.preventDefault();
      return;
    }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !isOn()) return;
    if (isLeading && event.key in PLACES) {
      isLeading = false;
      follow(`nav a[data-place=${PLACES[event.key]}]`);
      event.preventDefault();
    } else if (event.key === 'g') {
      isLeading = true;
      setTimeout(() => (isLeading = false), WAIT_MS);
    } else if (event.key in acts) {
      acts[event.key]();
      event.preventDefault();
    }
  });
}
