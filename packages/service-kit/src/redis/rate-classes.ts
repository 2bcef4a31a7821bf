const MINUTE = 60
const HOUR = 3600

/** How often a class of requests may happen. */
export type RateClass =
  /** So many per window. */
  | { kind: 'window'; points: number; seconds: number }
  /** A token bucket: `perMinute` flow in, `capacity` fit in. */
  | { kind: 'bucket'; perMinute: number; capacity: number }

export type RateClasses = Readonly<Record<string, RateClass>>

type Rates = {
  RATE_LIMIT_API_PER_MINUTE: number
  RATE_LIMIT_AUTH_PER_MINUTE: number
  RATE_LIMIT_MESSAGES_PER_MINUTE: number
}

const window = (points: number, seconds: number): RateClass => ({ kind: 'window', points, seconds })
const bucket = (perMinute: number, capacity: number): RateClass => ({
  kind: 'bucket',
  perMinute,
  capacity: Math.ceil(capacity),
})

/** The REST classes of wire-contract 15.1 with the numbers of a config read with `rateFields`. */
export function rateClasses(rates: Rates): RateClasses {
  const {
    RATE_LIMIT_API_PER_MINUTE: api,
    RATE_LIMIT_AUTH_PER_MINUTE: auth,
    RATE_LIMIT_MESSAGES_PER_MINUTE: messages,
  } = rates
  return {
    api: bucket(api, 1.5 * api),
    media: bucket(12 * api, 6 * api),
    message: bucket(messages, messages / 5),
    'prekey-fetch': bucket(api, api),
    auth: bucket(auth, auth),
    // Nothing flows in before the hour is over: guessing passwords shall not get a slow second chance.
    'failed-log-ins': window(10, HOUR),
    validate: bucket(60, 60),
    search: bucket(30, 30),
    codes: bucket(10, 5),
    // To one address: nobody's mailbox is flooded with codes that others ask for.
    mails: window(5, HOUR),
    'new-direct-chats': window(50, HOUR),
  }
}

type BucketRate = { rate: number; burst: number }

/**
 * The buckets of wire-contract 15.1 that sockets take from, `rate` per second. The limits follow the
 * configured rates, so that they never forbid the load they protect.
 */
export function bucketRates(
  rates: Pick<Rates, 'RATE_LIMIT_API_PER_MINUTE' | 'RATE_LIMIT_MESSAGES_PER_MINUTE'>,
): Readonly<Record<'message' | 'socketEvents' | 'typing' | 'handshakes', BucketRate>> {
  const messages = rates.RATE_LIMIT_MESSAGES_PER_MINUTE
  const events = Math.max(20, Math.ceil((4 * messages) / MINUTE))
  const handshakes = Math.max(200, 2 * rates.RATE_LIMIT_API_PER_MINUTE)
  return {
    message: { rate: messages / MINUTE, burst: Math.ceil(messages / 5) },
    socketEvents: { rate: events, burst: 2 * events },
    typing: { rate: 1, burst: 1 },
    handshakes: { rate: handshakes, burst: 2 * handshakes },
  }
}
