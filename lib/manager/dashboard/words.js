// What states and events are called on the page, and which tone (good, warn, bad, calm) they have.

export const STATES = {
  ready: ['ready', 'good'],
  starting: ['starting', 'warn'],
  failed: ['failed', 'bad'],
  stopped: ['stopped', 'calm'],
  healthy: ['healthy', 'good'],
  warming: ['warming up', 'warn'],
  'slow-start': ['slow start', 'warn'],
  'half-open': ['breaker half-open', 'warn'],
  open: ['breaker open', 'bad'],
  ejected: ['ejected', 'bad'],
  unhealthy: ['fails its checks', 'bad'],
  draining: ['draining', 'calm'],
  live: ['live', 'good'],
  connecting: ['connecting', 'warn'],
  offline: ['offline', 'bad'],
  locked: ['locked', 'warn'],
};

export const EVENTS = {
  serviceAdded: ['service added', 'calm'],
  serviceRemoved: ['service removed', 'calm'],
  limitsChanged: ['limits changed', 'calm'],
  serviceReplacing: ['service is being replaced', 'calm'],
  serviceReplaced: ['service replaced', 'calm'],
  serviceFailed: ['service could not be set up', 'bad'],
  serviceReady: ['service is ready', 'good'],
  serviceDown: ['service is down', 'bad'],
  configRefused: ['new config refused', 'bad'],
  nodeAdded: ['endpoint added', 'calm'],
  nodeReady: ['endpoint takes calls', 'good'],
  nodeRemoved: ['endpoint removed', 'calm'],
  nodeClosed: ['endpoint closed', 'calm'],
  breakerOpen: ['breaker opened', 'bad'],
  breakerHalfOpen: ['breaker tries a call', 'warn'],
  breakerClose: ['breaker closed', 'good'],
  nodeEjected: ['endpoint ejected', 'bad'],
  nodeReadmitted: ['endpoint readmitted', 'good'],
  healthCheckFailed: ['health check failed', 'bad'],
  nodeMarkedUp: ['health checks pass again', 'good'],
  prewarmError: ['warm-up failed', 'bad'],
  closeError: ['close failed', 'bad'],
  discoveryUpdate: ['discovery', 'calm'],
  discoveryError: ['discovery failed', 'bad'],
};

/** The words and the tone of a state. */
export function stateWords(state) {
  const [words, tone] = STATES[state] ?? [state, 'warn'];
  return { words, tone };
}

/** The words and the tone of an event. */
export function eventWords(event) {
  const [words, tone] = EVENTS[event] ?? [event.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`), 'calm'];
  return { words, tone };
}

/** Makes a badge say a state. */
export function setBadge(badge, state, addition = '') {
  const { words, tone } = stateWords(state);
  badge.textContent = `${words}${addition}`;
  badge.className = `badge ${tone}`;
  badge.dataset.state = state;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A number that fits into a tile; a dash for none. */
export function number(value) {
  if (value === undefined || value === null) return '–';
  return (Math.abs(value) < 10 ? fine : whole).format(value);
}

/** A share as a percentage; a dash for none. */
export function percent(share) {
  if (share === undefined || share === null) return '–';
  return `${share > 0 && share < 0.001 ? '<0.1' : fine.format(100 * share)} %`;
}

/** `1 endpoint`, `2 endpoints`. */
export function count(n, noun) {
  return `${whole.format(n)} ${noun}${n === 1 ? '' : 's'}`;
}
