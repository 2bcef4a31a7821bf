import { parseArgs } from 'node:util'

export const WORKLOADS = ['W1', 'W2', 'W3', 'W4', 'W5'] as const
export type WorkloadName = (typeof WORKLOADS)[number]

export type LoadOptions = {
  workload: WorkloadName | 'artillery' | 'uploads'
  /** `search`: the highest good rate; `closed`: one unacknowledged send per person; `rate`: open loop. */
  mode: 'search' | 'closed' | 'rate'
  /** Messages per second in mode `rate`. */
  rate: number
  json: boolean
  /** To the websocket nodes themselves, without nginx. */
  direct: boolean
  /** Measured seconds of a run, or of each step of a search; undefined: 10, or 5. */
  seconds: number | undefined
}

export const USAGE = `usage: npm run load -- W1|W2|W3|W4|W5|artillery|uploads [--json] [--mode search|closed|rate] [--rate N]

  W1  200 people in 100 direct chats          W4  5,000 idle connections
  W2  200 people in 10 groups of 20           W5  200 people come back to 200 messages each
  W3  one channel of 500                      uploads  200 files of 1 MB and one of 200 MB

  --mode search  the highest rate with delivery p99 < 100 ms and nothing lost (default, up to 4 minutes)
  --mode rate    --rate N messages per second for 10 s, whether or not answers come
  --mode closed  everybody keeps one unacknowledged send for 10 s
  --json         one line with the figures on standard output
  --direct       to the websocket node itself, without nginx
  --seconds N    measure this long instead`

/** @throws Error with what is wrong and the usage. */
export function readArguments(args: readonly string[]): LoadOptions {
  const { values, positionals } = parse(args)
  const [first = '', ...more] = positionals
  const workload = [...WORKLOADS, 'artillery' as const, 'uploads' as const].find(
    (name) => name === first,
  )
  if (workload === undefined || more.length > 0) {
    throw refuse(first === '' ? 'which workload?' : `unknown workload ${positionals.join(' ')}`)
  }
  const rate = positive('--rate', values.rate)
  return {
    workload,
    mode: modeOf(values.mode, rate),
    rate: rate ?? 0,
    json: values.json ?? false,
    direct: values.direct ?? false,
    seconds: positive('--seconds', values.seconds),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        mode: { type: 'string' },
        rate: { type: 'string' },
        json: { type: 'boolean' },
        direct: { type: 'boolean' },
        seconds: { type: 'string' },
      },
    })
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
}

/** A rate alone means `--mode rate`. */
function modeOf(given: string | undefined, rate: number | undefined): LoadOptions['mode'] {
  const name = given ?? (rate === undefined ? 'search' : 'rate')
  const mode = (['search', 'closed', 'rate'] as const).find((known) => known === name)
  if (mode === undefined) throw refuse(`unknown mode ${name}`)
  if (mode === 'rate' && rate === undefined) throw refuse('--mode rate needs --rate')
  if (mode !== 'rate' && rate !== undefined) throw refuse(`--rate has no meaning in mode ${mode}`)
  return mode
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw refuse(`${name} must be a number over 0`)
  return value
}

const refuse = (problem: string): Error => new Error(`${problem}\n\n${USAGE}`)
