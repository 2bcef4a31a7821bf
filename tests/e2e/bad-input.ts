import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Endpoint } from '@sup/types'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { signUp, signUpAdmin } from './accounts.js'
import { describeBadEvents } from './bad-events.js'
import { type EndpointExample, publicEndpoints } from './golden.js'
import { BAD_BODIES, BAD_TEXTS, type Json, mutate } from './mutations.js'
import type { World } from './world.js'

/** What any endpoint may answer besides its own errors. */
const EVERYWHERE = new Set(['VALIDATION_ERROR', 'UNAUTHORIZED', 'NOT_FOUND', 'RATE_LIMITED'])
const LONGEST_MS = 2000
const AT_ONCE = 4

const Refusal = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    details: z.unknown().optional(),
    retryable: z.boolean(),
    retryAfterMs: z.int().optional(),
    requestId: z.string().min(1),
  }),
})

/**
 * Whatever is sent, the answer is documented. The contract itself is the judge: what its schema refuses is
 * a VALIDATION_ERROR, what it takes is done or refused by one of the endpoint's errors.
 */
export function describeBadInput(world: () => World): void {
  describe('bad input over REST', () => {
    let base: string
    let admin: string
    beforeAll(async () => {
      base = world().stack.services.find(({ name }) => name === 'main-api')?.url ?? ''
      admin = (await signUpAdmin(base, world().stack.env)).token
    })

    it.each(publicEndpoints().map((example) => [example.name, example] as const))(
      '%s refuses it',
      async (_name, example) => {
        // To everybody else administration does not exist, whatever they send.
        const token = example.spec.auth === 'admin' ? admin : (await signUp(base)).token
        const attempts = [...bodies(example), ...queries(example), ...paths(example)]
        const problems: string[] = []
        await inParallel(attempts, async (attempt) => {
          const problem = await judge(base, token, attempt)
          if (problem !== undefined) problems.push(problem)
        })
        expect(problems).toEqual([])
      },
      120_000,
    )

    it('knows no other paths and methods', async () => {
      const token = (await signUp(base)).token
      const unknown = await send(base, token, { method: 'get', path: '/api/v1/nothing' })
      expect(unknown).toMatchObject({ status: 404, code: 'NOT_FOUND' })
      const wrong = await send(base, token, { method: 'put', path: '/api/v1/messages' })
      expect(wrong).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    })

    it('takes no token but a good one', async () => {
      const token = (await signUp(base)).token
      const [header = '', claims = ''] = token.split('.')
      const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
      const bad = ['x', `${header}.${claims}.`, `${none}.${claims}.`, `${token}x`, 'e'.repeat(9000)]
      for (const one of bad) {
        const answer = await send(base, one, { method: 'get', path: '/api/v1/chats' })
        expect(answer).toMatchObject({ status: 401, code: 'INVALID_TOKEN' })
      }
      const without = await send(base, undefined, { method: 'get', path: '/api/v1/chats' })
      expect(without).toMatchObject({ status: 401, code: 'UNAUTHORIZED' })
    })
  })

  describeBadEvents(world)

  it('is no error of a service', () => {
    for (const { name, logFile } of world().stack.services) {
      expect({ name, errors: errorsIn(logFile) }).toEqual({ name, errors: [] })
    }
  })
}

/** What a service logged as an error; at the start it may ask for others that are not there yet. */
const errorsIn = (logFile: string): string[] =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":"error"') && !line.includes('health check failed'))

type Attempt = {
  method: string
  path: string
  body?: string
  type?: string
  /** The only good answer, when there is but one. */
  wanted?: { status: number; code: string }
  /** Codes that are documented for this endpoint; absent: any status below 500. */
  known?: ReadonlySet<string>
}

const NO_SUCH_TYPE = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' }
const TOO_LARGE = { wanted: { status: 413, code: 'PAYLOAD_TOO_LARGE' } }
const INVALID = { status: 400, code: 'VALIDATION_ERROR' }

function* bodies({ spec, request }: EndpointExample): Generator<Attempt> {
  if (spec.method === 'get' || Object.keys(spec.body.shape).length === 0) return
  const at = { ...placeOf(spec, request), known: codesOf(spec) }
  yield { ...at, body: JSON.stringify(request.body), type: 'text/plain', wanted: NO_SUCH_TYPE }
  // What is in a form is for the service's own tests.
  if (spec.multipart !== undefined) {
    yield { ...at, body: JSON.stringify(request.body), wanted: NO_SUCH_TYPE }
    return
  }
  const most = spec.maxBodyBytes ?? 256 * 1024
  for (const { value } of mutate(request.body)) {
    const body = JSON.stringify(value)
    const isGood = spec.body.safeParse(JSON.parse(body)).success
    yield { ...at, body, ...(body.length > most ? TOO_LARGE : isGood ? {} : { wanted: INVALID }) }
  }
  for (const body of BAD_BODIES) {
    yield { ...at, body, ...(body.length > most ? TOO_LARGE : wantedOf(spec, body)) }
  }
  yield { ...at, body: '"'.padEnd(most + 1), ...TOO_LARGE }
}

/** Malformed JSON is refused everywhere; a body that happens to be an object may be good for some. */
function wantedOf(spec: Endpoint, body: string): Pick<Attempt, 'wanted'> {
  try {
    const value: unknown = JSON.parse(body)
    const isTooBig = body.length > 200 && Object.keys(value as Json).length > 200
    const isGood = spec.body.safeParse(value).success && !isTooBig && !body.startsWith('{"a":{')
    return isGood ? {} : { wanted: INVALID }
  } catch {
    // Without any bytes there is no body, which counts as an empty object.
    return body === '' && spec.body.safeParse({}).success ? {} : { wanted: INVALID }
  }
}

function* queries({ spec, request }: EndpointExample): Generator<Attempt> {
  const names = Object.keys(spec.query?.shape ?? {})
  for (const name of names) {
    for (const text of BAD_TEXTS) {
      const query = { ...request.query, [name]: text }
      const isGood = spec.query?.safeParse(query).success === true
      yield {
        ...placeOf(spec, { ...request, query }),
        known: codesOf(spec),
        ...(isGood ? {} : { wanted: INVALID }),
      }
    }
  }
}

function* paths({ spec, request }: EndpointExample): Generator<Attempt> {
  for (const name of Object.keys(request.params)) {
    for (const text of BAD_TEXTS) {
      const params = { ...request.params, [name]: text }
      const isGood = spec.params.safeParse(params).success
      yield {
        ...placeOf(spec, { ...request, params }),
        known: codesOf(spec),
        ...(isGood ? {} : { wanted: INVALID }),
      }
    }
  }
}

function placeOf(
  spec: Endpoint,
  { params, query }: { params: Json; query: Json },
): { method: string; path: string } {
  const path = spec.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) search.set(name, String(value))
  return { method: spec.method, path: search.size === 0 ? path : `${path}?${search.toString()}` }
}

const codesOf = ({ errors }: Endpoint): ReadonlySet<string> =>
  new Set([...errors.map(({ code }) => code), ...EVERYWHERE])

/** What is wrong with the answer to an attempt; undefined when nothing is. */
async function judge(base: string, token: string, attempt: Attempt): Promise<string | undefined> {
  let answer = await send(base, token, attempt)
  // Some good requests of an endpoint end the session: the next attempt needs another one.
  if (answer.status === 401) answer = await send(base, (await signUp(base)).token, attempt)
  const problem = problemOf(attempt, answer)
  if (problem === undefined) return undefined
  const { method, path, body = '' } = attempt
  return `${method} ${path.slice(0, 120)} ${body.slice(0, 120)} → ${answer.status} ${answer.code}: ${problem}`
}

function problemOf({ wanted, known }: Attempt, answer: Answer): string | undefined {
  const { status, code, ms, isWellFormed, text } = answer
  if (status >= 500) return text
  if (ms > LONGEST_MS) return `took ${ms.toFixed(0)} ms`
  if (!isWellFormed) return `not in the envelope: ${text.slice(0, 200)}`
  if (wanted === undefined) {
    return status < 400 || known?.has(code) !== false ? undefined : 'not documented'
  }
  return status === wanted.status && code === wanted.code ? undefined : `not ${wanted.code}`
}

type Answer = { status: number; code: string; text: string; isWellFormed: boolean; ms: number }

async function send(base: string, token: string | undefined, attempt: Attempt): Promise<Answer> {
  const started = performance.now()
  const response = await fetch(base + attempt.path, {
    method: attempt.method.toUpperCase(),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(attempt.body === undefined ? {} : { 'content-type': attempt.type ?? 'application/json' }),
    },
    ...(attempt.body === undefined ? {} : { body: attempt.body }),
  })
  const text = await response.text()
  const refusal = Refusal.safeParse(parse(text))
  return {
    status: response.status,
    code: refusal.data?.error.code ?? '',
    text,
    isWellFormed: response.status < 400 || refusal.success,
    ms: performance.now() - started,
  }
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await run(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
