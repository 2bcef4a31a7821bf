import { sendBatch } from '@sup/types'
import { v7 as uuidv7 } from 'uuid'
import type { Bench } from './bench.js'
import { totalOf } from './cpu.js'
import { type Figures, type Result, type Say, faultsOf, perThousand } from './figures.js'

const MESSAGES = 200
const CONNECTIONS_PER_SECOND = 500

/** Runs W5: everybody comes back at the same moment, to 200 messages each. */
export async function runComeBack(bench: Bench, say: Say): Promise<Result> {
  const { generator, population } = bench
  const people = population.users.length
  await generator.connect(CONNECTIONS_PER_SECOND)
  await generator.remember()
  await generator.disconnect()
  await sendWhileAway(bench)
  say(`${MESSAGES} messages in each of ${population.chats.length} chats while all were away`)
  const { result, cpu } = await bench.measure((mark) => generator.catchUp(MESSAGES, mark))
  const figures: Figures = {
    msgsPerSecond: result.messages / result.seconds,
    ackP50Ms: result.connectP50Ms,
    ackP99Ms: result.connectP99Ms,
    deliveryP50Ms: result.completeP50Ms,
    deliveryP99Ms: result.completeP99Ms,
    cpuSecondsPer1kDeliveries: perThousand(cpu, result.messages),
    lost: result.lost,
    duplicates: result.duplicates,
    orderErrors: result.orderErrors,
  }
  return {
    figures,
    more: { seconds: result.seconds, cpuMsPerUser: (totalOf(cpu) * 1000) / people },
    cpu,
    failures: faultsOf(figures),
  }
}

/** Through main-api's internal batch endpoint, as websocket nodes send; both members of a chat in turns. */
async function sendWhileAway(bench: Bench): Promise<void> {
  const { users, chats } = bench.population
  for (const { id: chatId, members } of chats) {
    const items = Array.from({ length: MESSAGES }, (_, index) => {
      const sender = users[members[index % members.length] ?? 0]
      return {
        userId: sender?.id,
        deviceId: sender?.deviceId,
        sessionId: sender?.sessionId,
        message: {
          chatId,
          clientMessageId: uuidv7(),
          encryptedContent: `${index}.${'c2VhbGVk'.repeat(14)}`,
        },
      }
    })
    await post(bench, { items })
  }
}

async function post({ stack }: Bench, body: unknown): Promise<void> {
  const response = await fetch(`${stack.env['MAIN_API_INTERNAL_URL'] ?? ''}${sendBatch.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-internal-secret': stack.env['SERVICE_SECRET'] ?? '',
      'x-internal-caller': 'cli',
    },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { data?: { results: { ok: boolean }[] } }
  const results = answer.data?.results ?? []
  if (!response.ok || results.some(({ ok }) => !ok)) {
    throw new Error(`sending was refused: ${JSON.stringify(answer).slice(0, 500)}`)
  }
}
