/** The list of packets under the keyboard: j and k or the arrows move, Enter opens. */
export function list(element: HTMLElement) {
  const links = [...element.querySelectorAll<HTMLAnchorElement>('tbody th a')];
  if (links.length === 0) return;
  const here = Math.max(0, links.findIndex((link) => link.closest('tr')?.hasAttribute('aria-current')));
  // One stop of Tab for the whole list; within it the arrows move.
  links.forEach((link, place) => (link.tabIndex = place === here ? 0 : -1));
  const go = (to: number) => {
    const place = Math.min(Math.max(to, 0), links.length - 1);
    links.forEach((link, own) => (link.tabIndex = own === place ? 0 : -1));
    links[place].focus();
  };
  const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20 };
  element.addEventListener('keydown', (event) => {
    const place = links.indexOf(event.target as HTMLAnchorElement);
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) go(place + steps[event.key]);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(links.length - 1);
    else return;
    event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if ((event.key === 'j' || event.key === 'k') && target === document.body && isOn()) go(here);
  });
}

const OFF = 'teiten-keys-off';

/** Whether single keys do something: whoever dictates or slips can turn them off. */
export function isOn(): boolean {
  return localStorage.getItem(OFF) === null;
}

/** Turns single keys on or off. */
export function turn(on: boolean) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, '1');
}
