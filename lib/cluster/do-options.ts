import { unknownOption } from '../pool/check-options.js';
import { InvalidOptionError } from '../pool/errors.js';
import { type GetOptions, validateGetOptions } from '../pool/options.js';
import type { Balancer, BalancerName } from './balancers/balancer.js';
import { BALANCER_ALLOWED, isBalancer } from './cluster-options.js';

/** Options of one call. `signal` ends the whole call, whatever it is at. */
export interface DoOptions extends GetOptions {
  /**
   * Longest an attempt may take to get a connection, over all nodes it tries together, and longest the call waits
   * for the cluster's first node, in ms. 0 = no limit. It does not bound the call's function, and with a `retry`
   * middleware it starts anew with each attempt. @default each pool's `waitTimeoutMs`; 30000 for the first node
   */
  timeoutMs?: number | undefined;
  /** Chooses the node of this call instead of the cluster's balancer. */
  balancer?: Balancer | BalancerName | undefined;
  /** The method's name, for metrics and traces. */
  method?: string | undefined;
  /** What the call is known by in metrics and traces, instead of the node's id. */
  label?: string | undefined;
  /** Calls with the same key go to the same node, under a balancer that hashes. */
  hashKey?: string | undefined;
  /** Pins the call to this node: there is no moving on to another one. */
  endpointId?: string | undefined;
}

/**
 * Checks the options of one call.
 * @throws InvalidOptionError
 */
export function validateDoOptions(options: DoOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError('options', options, 'an object');
  let bounded = false;
  for (const name in options) {
    const value = (options as Record<string, unknown>)[name];
    switch (name) {
      case 'signal':
      case 'timeoutMs':
      case 'priority':
        bounded ||= value !== undefined;
        break;
      case 'balancer':
        if (value !== undefined && !isBalancer(value))
          throw new InvalidOptionError(name, value, BALANCER_ALLOWED);
        break;
      case 'method':
      case 'label':
      case 'hashKey':
      case 'endpointId':
        if (value !== undefined && typeof value !== 'string')
          throw new InvalidOptionError(name, value, 'a string');
        break;
      default:
        throw unknownOption(name, value, KNOWN);
    }
  }
  if (bounded) {
    validateGetOptions({ signal: options.signal, timeoutMs: options.timeoutMs, priority: options.priority });
  }
}

const KNOWN = ['signal', 'timeoutMs', 'priority', 'balancer', 'method', 'label', 'hashKey', 'endpointId'];
