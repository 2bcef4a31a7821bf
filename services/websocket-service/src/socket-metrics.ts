import type { Counter, Histogram, Metrics } from '@sup/service-kit/metrics'

/** The measures of sockets (wire-contract section 14). */
export type SocketMetrics = {
  events: Counter<'event' | 'result'>
  closes: Counter<'code'>
  handshakes: Counter<'result'>
  /** Send to commit, seen from here: from the event to the answer of main-api. */
  accept: Histogram
  /** Commit to socket. */
  delivery: Histogram
  gapsRepaired: Counter<'where'>
  rateLimited: Counter<'class'>
}

/**
 * Registers the measures.
 *
 * @param count How many sockets are open, asked at each reading.
 */
export function createSocketMetrics(metrics: Metrics, count: () => number): SocketMetrics {
  metrics.gauge(
    'websocket_active_connections',
    'Number of active WebSocket connections',
    [],
    (gauge) => {
      gauge.set(count())
    },
  )
  return {
    events: metrics.counter('sup_socket_events_total', 'Events from clients', ['event', 'result']),
    closes: metrics.counter('sup_socket_closes_total', 'Sockets the server closed', ['code']),
    handshakes: metrics.counter('sup_socket_handshakes_total', 'Attempts to connect', ['result']),
    accept: metrics.histogram(
      'sup_message_accept_duration_seconds',
      'From a send to its commit, in seconds',
    ),
    delivery: metrics.histogram(
      'sup_message_delivery_duration_seconds',
      'From the commit of a message to its sockets, in seconds',
    ),
    gapsRepaired: metrics.counter(
      'sup_log_gaps_repaired_total',
      'Gaps in the log of a chat that were fetched',
      ['where'],
    ),
    rateLimited: metrics.counter('sup_rate_limited_total', 'Refusals for a rate', ['class']),
  }
}
