/** What the generator is told once: who connects where. */
export type Crowd = {
  url: string
  users: { id: string; token: string; chat: number }[]
  chats: { id: string; members: number[] }[]
  /** Who sends, in turns. */
  senders: number[]
}

export type ConnectReport = { seconds: number; p50Ms: number; p99Ms: number }

export type TrafficPlan = {
  /** Messages per second, or `closed`: everybody keeps one unacknowledged send. */
  rate: number | 'closed'
  warmUpMs: number
  measureMs: number
}

/** Figures of the measured time; `lost` to `refused` of the whole run. */
export type TrafficReport = {
  /** Acknowledged within the measured time, per second. */
  msgsPerSecond: number
  ackP50Ms: number
  ackP99Ms: number
  /** From the moment a message was due to its arrival at another member's socket. */
  deliveryP50Ms: number
  deliveryP99Ms: number
  /** Arrivals at sockets of others within the measured time. */
  deliveries: number
  acknowledged: number
  /** Neither delivered nor found by a sync afterwards. */
  lost: number
  /** Not delivered, but found by a sync afterwards. */
  repaired: number
  duplicates: number
  orderErrors: number
  unanswered: number
  refused: Record<string, number>
  /** Share of one core that the generator itself used: near 1 it is the limit. */
  generatorLoad: number
}

export type CatchUpReport = {
  seconds: number
  connectP50Ms: number
  connectP99Ms: number
  completeP50Ms: number
  completeP99Ms: number
  messages: number
  lost: number
  duplicates: number
  orderErrors: number
}

/** Requests of the parent; each is answered once, by its number. */
export type Command =
  | { type: 'crowd'; crowd: Crowd }
  | { type: 'connect'; perSecond: number }
  | { type: 'traffic'; plan: TrafficPlan }
  | { type: 'remember' }
  | { type: 'disconnect' }
  | { type: 'catch-up'; expected: number }

export type Request = { id: number; command: Command }

/** `begun` and `over` frame the measured time of a command; then comes its answer. */
export type Reply =
  | { id: number; mark: 'begun' | 'over' }
  | { id: number; result: unknown }
  | { id: number; error: string }
