import { breakerState, nodesByState, seconds } from './figures.js';
import {
  CLUSTER_LABELS,
  clusterCounter,
  clusterGauge,
  clusterSum,
  type MetricRow,
  nodeCounter,
  nodeGauge,
  nodeSum,
  row,
} from './metric-row.js';

/** The metrics of clusters and their nodes. */
export const CLUSTER_ROWS: readonly MetricRow[] = [
  row(
    'upDownCounter',
    [...CLUSTER_LABELS, 'state'],
    ['cluster_nodes_by_state', 'connpool.cluster.nodes_by_state', '{node}'],
    'Nodes in the state that the label names, those included that were removed and drain.',
    nodesByState,
  ),
  clusterGauge(
    ['cluster_panicking', 'connpool.cluster.panicking', '1'],
    'Whether so few nodes are healthy that health is ignored: 1 or 0.',
    ({ panicking }) => Number(panicking),
  ),
  clusterSum(
    ['cluster_running_requests', 'connpool.cluster.running_requests', '{request}'],
    'Calls of the cluster that have not ended, waits included.',
    ({ running }) => running,
  ),
  clusterSum(
    ['cluster_waiting_requests', 'connpool.cluster.waiting_requests', '{request}'],
    'Calls that wait for the first node.',
    ({ waiting }) => waiting,
  ),
  clusterCounter(
    ['cluster_requests_total', 'connpool.cluster.requests', '{request}'],
    'Calls of the cluster.',
    ({ calls }) => calls,
  ),
  clusterCounter(
    ['cluster_rejected_total', 'connpool.cluster.rejected', '{request}'],
    'Calls that found no available node or connection.',
    ({ rejected }) => rejected,
  ),
  nodeGauge(
    ['node_available', 'connpool.node.available', '1'],
    'Whether calls may be sent to the node: 1 or 0.',
    ({ available }) => Number(available),
  ),
  nodeSum(
    ['node_in_flight', 'connpool.node.in_flight', '{request}'],
    'Calls sent to the node that have not ended.',
    ({ inFlight }) => inFlight,
  ),
  nodeCounter(
    ['node_call_seconds_total', 'connpool.node.call_time', 's'],
    'Time that calls of the node took in all.',
    ({ callMsTotal }) => seconds(callMsTotal),
  ),
  nodeGauge(['node_weight', 'connpool.node.weight', '1'], 'Weight of the node.', ({ weight }) => weight),
  nodeGauge(
    ['node_traffic_share', 'connpool.node.traffic_share', '1'],
    'The share of its traffic that slow start gives the node, 0.1 to 1.',
    ({ trafficShare }) => trafficShare,
  ),
  nodeGauge(
    ['node_breaker_state', 'connpool.node.breaker', '1'],
    'The node’s breaker: 0 closed, 1 half-open, 2 open.',
    breakerState,
  ),
  clusterSum(
    ['service_discovery_nodes', 'connpool.discovery.endpoints', '{endpoint}'],
    'Endpoints in the last list.',
    ({ discovery }) => discovery?.nodes,
  ),
  clusterCounter(
    ['service_discovery_updates_total', 'connpool.discovery.updates', '{list}'],
    'Lists of endpoints taken over.',
    ({ discovery }) => discovery?.updates,
  ),
  clusterCounter(
    ['service_discovery_errors_total', 'connpool.discovery.errors', '{error}'],
    'Failures of the discovery source.',
    ({ discovery }) => discovery?.errors,
  ),
];
