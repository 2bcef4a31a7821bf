import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import { isLoopbackAddress, isPublicAddress, isPublicUrl } from './public-address.js'

const MAX_ANSWER_BYTES = 64 * 1024
const CONNECTIONS_PER_HOST = 8

/** Thrown for an address that must not be called: no later attempt can succeed. */
export class ForbiddenTargetError extends Error {
  override name = 'ForbiddenTargetError'

  constructor() {
    super('The address does not belong to the public internet')
  }
}

export type OutgoingRequest = {
  url: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array
}

export type OutgoingAnswer = {
  status: number
  /** Lower-case names; of repeated ones the first. */
  headers: Readonly<Record<string, string>>
  /** At most 64 KiB. */
  text: string
}

/** Calls hosts on the public internet that are not part of SUP. */
export type OutgoingClient = {
  /**
   * Sends one POST; redirections are not followed, nothing is sent again.
   *
   * @throws ForbiddenTargetError before a connection is made; any other Error when there is no whole answer in time.
   */
  post: (request: OutgoingRequest) => Promise<OutgoingAnswer>
  close: () => Promise<void>
}

/**
 * Makes a client that connects to public addresses only: a name that resolves to the own network is refused at
 * the moment of connecting, so no later answer of its DNS server helps.
 *
 * @param options `timeoutMs`: for the whole of one request. `allowLoopback`: this machine too, by `http` as well;
 *   never in production.
 */
export function createOutgoingClient(options: {
  timeoutMs: number
  allowLoopback: boolean
}): OutgoingClient {
  const { timeoutMs } = options
  const agent = new Agent({
    connections: CONNECTIONS_PER_HOST,
    connect: { timeout: timeoutMs, lookup: guardedLookup(options) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  return {
    async post({ url, headers, body }) {
      if (!isPublicUrl(url, options)) throw new ForbiddenTargetError()
      const { origin, pathname, search } = new URL(url)
      const response = await agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(timeoutMs),
      })
      return {
        status: response.statusCode,
        headers: firstOf(response.headers),
        text: await readText(response.body),
      }
    },
    close: () => agent.destroy(),
  }
}

function guardedLookup({ allowLoopback }: { allowLoopback: boolean }): LookupFunction {
  const mayCall = ({ address }: LookupAddress): boolean =>
    isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address))
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (err, addresses) => {
      const allowed = err ? [] : addresses.filter(mayCall)
      const [first] = allowed
      if (err) callback(err, [])
      else if (!first) callback(new ForbiddenTargetError(), [])
      else if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

function firstOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value[0] : value,
  ])
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
