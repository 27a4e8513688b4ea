// What of plotly.js the pages call.
declare const Plotly: { react(node: HTMLElement, data: object[], layout: object, config: object): Promise<void> };

// A plot once it is drawn: plotly.js gives the element events of its own.
interface HTMLElement {
  on(event: string, listener: (event: any) => void): void;
}
