import { type RunningService, type Stack, startStack } from '../../scripts/stack/stack.js'
import { until } from '../support/wait.js'
import { type Audit, auditAll } from './audit.js'
import { type Cast, gather } from './cast.js'
import { MESSAGES, readConversation, scriptOf } from './conversation.js'
import { talk } from './talk.js'

// npm run demo: 20 people talk in 5 chats over a whole system of its own, one of the two websocket nodes
// dies in the middle, and at the end everybody must have everything once and in order.

const TOTAL = Object.values(MESSAGES).reduce((sum, count) => sum + count, 0)

const write = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  let ended = ''
  const stack = await startStack({
    kind: 'demo',
    services: { websocket: 2 },
    env: {
      // Registering 20 people within seconds, from one machine.
      BCRYPT_ROUNDS: '4',
      RATE_LIMIT_AUTH_PER_MINUTE: '10000',
      RATE_LIMIT_API_PER_MINUTE: '10000',
      RATE_LIMIT_MESSAGES_PER_MINUTE: '10000',
    },
    onDeath: (name, how) => {
      ended = `${name} ended by itself (${how})`
    },
  })
  const stop = stopOnSignal(stack)
  try {
    const failures = await show(stack)
    if (ended !== '') failures.push(ended)
    for (const failure of failures) write(`  FAILED: ${failure}`)
    return failures.length === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

async function show(stack: Stack): Promise<string[]> {
  const cast = await gather(stack.publicUrl)
  try {
    const nodes = stack.services.filter(({ name }) => name === 'websocket-service')
    const connections = await Promise.all(nodes.map(countConnections))
    write(
      `\n  ${cast.people.length} people, ${countDevices(cast)} devices, ${cast.chats.length} chats; ` +
        `connections per websocket node: ${connections.join(' and ')}`,
    )
    const lines = readConversation()
    const scripts = cast.chats.map((chat) => ({ chat, texts: scriptOf(lines, chat.key) }))
    const victim = nodes[connections.indexOf(Math.max(...connections))]
    const accident = createAccident(victim)
    const sent = await talk(scripts, (count) => {
      if (count === TOTAL / 2) accident.happen(count)
    })
    await accident.isOver()
    const audit = await auditAll(cast, sent, stack.databaseUrl)
    printTable(sent.length, audit, countDevices(cast))
    return judge(sent.length, audit, connections)
  } finally {
    await cast.leave()
  }
}

/** kill -9 of a websocket node, and its return. */
function createAccident(victim: RunningService | undefined): {
  happen: (count: number) => void
  isOver: () => Promise<void>
} {
  let over: Promise<void> | undefined
  const run = async (count: number): Promise<void> => {
    if (victim === undefined) throw new Error('there is no websocket node')
    const started = performance.now()
    await victim.kill('SIGKILL')
    write(`  kill -9 of websocket node ${victim.index + 1} after ${count} of ${TOTAL} messages`)
    await victim.restart()
    write(`  it is back after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
  return {
    happen: (count) => {
      over = run(count)
    },
    isOver: async () => {
      if (over === undefined) throw new Error('no node was killed')
      await over
    },
  }
}

function countConnections({ url, name, index }: RunningService): Promise<number> {
  return until(`${name} ${index} counts its connections`, async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const found = /^websocket_active_connections(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  })
}

const countDevices = ({ people }: Cast): number =>
  people.reduce((sum, { devices }) => sum + devices.length, 0)

function printTable(sent: number, audit: Audit, devices: number): void {
  const rows: [string, string][] = [
    ['sent', number(sent)],
    ['stored in Postgres', number(audit.stored)],
    [`delivered on ${devices} devices`, `${number(audit.delivered)} of ${number(audit.wanted)}`],
    ['duplicates', number(audit.duplicates)],
    ['order errors', number(audit.orderErrors)],
    ['digests verified', `${number(audit.proven)} of ${number(audit.logs)}`],
  ]
  write('')
  for (const [name, value] of rows) write(`  ${name.padEnd(26)}${value.padStart(18)}`)
  write('')
}

const number = (value: number): string => value.toLocaleString('en-GB')

function judge(sent: number, audit: Audit, connections: readonly number[]): string[] {
  const { stored, delivered, wanted, duplicates, orderErrors, missing, proven, logs } = audit
  const rules: [string, boolean][] = [
    [`${TOTAL} messages are sent`, sent === TOTAL],
    ['what is sent is stored', stored === sent],
    ['every device has every message', delivered === wanted && missing === 0],
    ['nothing comes twice', duplicates === 0],
    ['everything comes in order', orderErrors === 0],
    ['every digest is right', proven === logs],
    ['both websocket nodes have people', connections.every((count) => count > 0)],
  ]
  return rules.flatMap(([rule, isKept]) => (isKept ? [] : [`not so: ${rule}`]))
}

/** Returns the stack's end, which Ctrl-C brings about too. */
function stopOnSignal(stack: Stack): () => Promise<void> {
  const end = (): void => {
    void stack.stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return async () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await stack.stop()
  }
}

process.exitCode = await main()
