import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Headers that concern one connection only, and those of which each hop makes its own. */
const OF_ONE_HOP = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What only services may say; it must not reach one through a client's request. */
const OF_SERVICES = /^x-(internal-|on-behalf-|deadline$)/

/** The headers of a request as they are passed on, with its id and the address it came from. */
export function forwardedHeaders(
  req: IncomingMessage,
  requestId: string,
): Record<string, string | string[]> {
  const kept = withoutHops(req.headers, (name) => !OF_SERVICES.test(name))
  const before = req.headers['x-forwarded-for']
  const addresses = [before ?? [], req.socket.remoteAddress ?? []].flat()
  // A GET has no body here, whatever its headers say.
  const isBare = req.method === 'GET' || req.method === 'HEAD'
  if (isBare) {
    delete kept['content-length']
    delete kept['content-type']
  }
  return { ...kept, 'x-request-id': requestId, 'x-forwarded-for': addresses.join(', ') }
}

/** The headers of an answer as they are passed back. */
export const returnedHeaders = (
  headers: IncomingHttpHeaders | Record<string, string | string[] | undefined>,
): Record<string, string | string[]> => withoutHops(headers, () => true)

function withoutHops(
  headers: Record<string, string | string[] | undefined>,
  isWanted: (name: string) => boolean,
): Record<string, string | string[]> {
  const named = String(headers['connection'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || OF_ONE_HOP.has(name) || named.includes(name) || !isWanted(name)
      ? []
      : [[name, value] as const],
  )
  return Object.fromEntries(kept)
}
