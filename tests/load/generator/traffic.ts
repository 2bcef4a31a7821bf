import { randomUUID } from 'node:crypto'
import { type Histogram, createHistogram } from '../histogram.js'
import { createAcknowledger } from './acknowledge.js'
import type { Arrival } from './ledger.js'
import { pace } from './pace.js'
import type { TrafficPlan, TrafficReport } from './protocol.js'
import type { Run } from './run.js'
import { settle } from './settle.js'

type Ack = { ok: boolean; seq?: number; code?: string }

type Counters = {
  acks: Histogram
  deliveries: Histogram
  window: { begin: number; end: number }
  acknowledged: number
  acknowledgedInWindow: number
  deliveredInWindow: number
  open: number
  refused: Record<string, number>
}

// With the number in front the content of a short message, encrypted: about 120 bytes.
const PADDING =
  'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRW'

/**
 * Sends as planned, waits until everything has arrived, and verifies it.
 *
 * @param mark called at both ends of the measured time
 */
export async function runTraffic(
  run: Run,
  plan: TrafficPlan,
  mark: (which: 'begun' | 'over') => void,
): Promise<TrafficReport> {
  const start = performance.now()
  const begin = start + plan.warmUpMs
  const counters = newCounters({ begin, end: begin + plan.measureMs })
  const acknowledger = createAcknowledger(run)
  run.sockets.listen((user, messages) => {
    receive(run, counters, user, messages)
    acknowledger.note(user, messages)
  })
  const before = { duplicates: run.ledger.duplicates(), orderErrors: run.ledger.orderErrors() }
  const cpu = { before: process.cpuUsage(), spent: 0 }
  const timers = [
    setTimeout(() => {
      cpu.before = process.cpuUsage()
      mark('begun')
    }, plan.warmUpMs),
    setTimeout(() => {
      const { user, system } = process.cpuUsage(cpu.before)
      cpu.spent = user + system
      mark('over')
    }, plan.warmUpMs + plan.measureMs),
  ]
  await sendAll(run, counters, plan)
  const { lost, repaired } = await settle(run, () => counters.open)
  for (const timer of timers) clearTimeout(timer)
  acknowledger.stop()
  return {
    ...figures(counters, plan),
    lost,
    repaired,
    duplicates: run.ledger.duplicates() - before.duplicates,
    orderErrors: run.ledger.orderErrors() - before.orderErrors,
    generatorLoad: cpu.spent / 1000 / plan.measureMs,
  }
}

const newCounters = (window: Counters['window']): Counters => ({
  acks: createHistogram(),
  deliveries: createHistogram(),
  window,
  acknowledged: 0,
  acknowledgedInWindow: 0,
  deliveredInWindow: 0,
  open: 0,
  refused: {},
})

function sendAll(run: Run, counters: Counters, plan: TrafficPlan): Promise<void> {
  const { senders } = run.crowd
  if (plan.rate !== 'closed') {
    return pace(plan.rate, counters.window.end, (turn, due) => {
      send(run, counters, { user: senders[turn % senders.length] ?? 0, due })
    })
  }
  return new Promise((resolve) => {
    const again = (user: number): void => {
      const due = performance.now()
      if (due < counters.window.end) send(run, counters, { user, due, then: again })
      else resolve()
    }
    for (const user of senders) again(user)
  })
}

type Send = { user: number; due: number; then?: (user: number) => void }

function send({ crowd, sockets, ledger, sentAt }: Run, counters: Counters, what: Send): void {
  const { user, due, then } = what
  const chat = crowd.users[user]?.chat ?? 0
  const body = {
    chatId: crowd.chats[chat]?.id,
    clientMessageId: randomUUID(),
    type: 'text',
    encryptedContent: `${sentAt.length}.${PADDING}`,
  }
  sentAt.push(due)
  counters.open += 1
  sockets.all[user]?.emit('message', body, (answer: Ack) => {
    counters.open -= 1
    if (answer.ok && answer.seq !== undefined) {
      ledger.acknowledge(chat, answer.seq)
      countAck(counters, due)
    } else {
      const code = answer.code ?? 'unknown'
      counters.refused[code] = (counters.refused[code] ?? 0) + 1
    }
    then?.(user)
  })
}

function countAck(counters: Counters, due: number): void {
  const now = performance.now()
  counters.acknowledged += 1
  if (isInside(counters, now)) counters.acknowledgedInWindow += 1
  if (isInside(counters, due)) counters.acks.add(now - due)
}

const isInside = ({ window }: Counters, time: number): boolean =>
  time >= window.begin && time < window.end

function receive(
  { crowd, ledger, sentAt }: Run,
  counters: Counters,
  user: number,
  messages: readonly Arrival[],
): void {
  const now = performance.now()
  const me = crowd.users[user]?.id
  for (const message of messages) {
    const number = ledger.take(user, message)
    // The sender's own copy is verified like every other, but it is no delivery.
    if (message.senderId === me) continue
    const due = sentAt[number] ?? now
    if (isInside(counters, due)) counters.deliveries.add(now - due)
    if (isInside(counters, now)) counters.deliveredInWindow += 1
  }
}

function figures(
  counters: Counters,
  plan: TrafficPlan,
): Omit<TrafficReport, 'lost' | 'repaired' | 'duplicates' | 'orderErrors' | 'generatorLoad'> {
  const { acks, deliveries, acknowledged, refused, open } = counters
  return {
    msgsPerSecond: (counters.acknowledgedInWindow * 1000) / plan.measureMs,
    ackP50Ms: acks.quantile(0.5),
    ackP99Ms: acks.quantile(0.99),
    deliveryP50Ms: deliveries.quantile(0.5),
    deliveryP99Ms: deliveries.quantile(0.99),
    deliveries: counters.deliveredInWindow,
    acknowledged,
    refused,
    unanswered: open,
  }
}
