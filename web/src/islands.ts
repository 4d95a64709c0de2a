// The islands: custom elements that make what the server drew easier to use. Each works on markup that is
// complete without it, asks this server alone, and writes text as text, never as markup.

import 'uplot/dist/uPlot.min.css';
import { mount } from 'svelte';
import Chart from './Chart.svelte';
import Filter from './Filter.svelte';
import Time from './Time.svelte';
import { keys } from './keys';
import { list } from './packets';

/** An island around an input that the server drew. */
function around(component: typeof Filter | typeof Time) {
  return class extends HTMLElement {
    connectedCallback() {
      const input = this.querySelector('input');
      if (input) {
        mount(component, { target: this, props: { input, words: { ...this.dataset } } });
      }
    }
  };
}

class ChartIsland extends HTMLElement {
  connectedCallback() {
    const src = this.getAttribute('src');
    if (src) {
      const drawn = [...this.children] as HTMLElement[];
      mount(Chart, { target: this, props: { src, drawn, words: { ...this.dataset } } });
    }
  }
}

class PacketsIsland extends HTMLElement {
  connectedCallback() {
    list(this);
  }
}

customElements.define('t-filter', around(Filter));
customElements.define('t-time', around(Time));
customElements.define('t-chart', ChartIsland);
customElements.define('t-packets', PacketsIsland);
keys();
