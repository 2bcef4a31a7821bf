import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client'

export type { Counter, Gauge, Histogram } from 'prom-client'

/** Seconds; from a cache hit to the api timeout. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The measures of one service. Asking twice for one name gives the same measure. */
export type Metrics = {
  registry: Registry
  /** What `GET /metrics` answers. */
  text: () => Promise<string>
  contentType: string
  /** `http_request_duration_seconds`; `route` is a template, never a path with ids. */
  http: Histogram<'method' | 'route' | 'status_code'>
  counter: <L extends string>(name: string, help: string, labels?: readonly L[]) => Counter<L>
  /** `collect` is called before each reading, for values that are looked up rather than counted. */
  gauge: <L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ) => Gauge<L>
  histogram: <L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ) => Histogram<L>
}

/**
 * Creates the measures of a service on a registry of their own, so that several services can live in one
 * test process. The measures of the process (memory, event loop lag, garbage collection) are included.
 *
 * @param options `service` is shown as the only label value of `sup_service_info`.
 */
export function createMetrics({ service }: { service: string }): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  const histogram: Metrics['histogram'] = (name, help, labels = [], buckets = DURATION_BUCKETS) => {
    const known = registry.getSingleMetric(name)
    return known instanceof Histogram
      ? known
      : new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers })
  }
  const metrics: Metrics = {
    registry,
    text: () => registry.metrics(),
    contentType: registry.contentType,
    http: histogram('http_request_duration_seconds', 'Duration of HTTP requests in seconds', [
      'method',
      'route',
      'status_code',
    ]),
    counter: (name, help, labels = []) => makeCounter(registry, { name, help, labels }),
    gauge: (name, help, labels = [], collect) =>
      makeGauge(registry, { name, help, labels, collect }),
    histogram,
  }
  metrics.gauge('sup_service_info', 'Which service this is', ['service']).set({ service }, 1)
  return metrics
}

function makeCounter<L extends string>(
  registry: Registry,
  { name, help, labels }: Omit<GaugeSpec<L>, 'collect'>,
): Counter<L> {
  const known = registry.getSingleMetric(name)
  if (known instanceof Counter) return known
  const config: CounterConfiguration<L> = {
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  }
  return new Counter(config)
}

type GaugeSpec<L extends string> = {
  name: string
  help: string
  labels: readonly L[]
  collect: ((gauge: Gauge<L>) => void | Promise<void>) | undefined
}

function makeGauge<L extends string>(registry: Registry, spec: GaugeSpec<L>): Gauge<L> {
  const known = registry.getSingleMetric(spec.name)
  if (known instanceof Gauge) return known
  const { name, help, collect } = spec
  const config: GaugeConfiguration<L> = {
    name,
    help,
    labelNames: [...spec.labels],
    registers: [registry],
  }
  const gauge: Gauge<L> = new Gauge(
    collect === undefined ? config : { ...config, collect: () => collect(gauge) },
  )
  return gauge
}
