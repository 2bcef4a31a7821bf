import { type IncomingMessage, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Seen = {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: ReturnType<typeof JSON.parse>
}
export type Reply = {
  status?: number
  headers?: Record<string, string>
  json?: unknown
  text?: string
}
type Answer = (seen: Seen, count: number) => Reply | Promise<Reply>

export const ok = (data: unknown, meta?: unknown): Reply => ({
  json: { success: true, data, meta },
})
export const refuse = (
  status: number,
  code: string,
  more: Record<string, unknown> = {},
): Reply => ({
  status,
  json: {
    success: false,
    error: { code, message: code, retryable: false, requestId: 'r1', ...more },
  },
})

/** A small HTTP server that says what a test tells it to: for failures that no real server makes to order. */
export type ScriptedServer = {
  url: string
  seen: Seen[]
  /** `on('GET /api/v1/chats', …)`; the count of earlier calls is the second argument. */
  on: (route: string, answer: Answer) => void
  close: () => Promise<void>
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const routes = new Map<string, { answer: Answer; count: number }>()
  const seen: Seen[] = []
  const server = createServer((req, res) => {
    void read(req).then(async (one) => {
      seen.push(one)
      const route = routes.get(`${one.method} ${one.path}`)
      const reply = route ? await route.answer(one, route.count++) : refuse(404, 'NOT_FOUND')
      res.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
      res.end(reply.text ?? JSON.stringify(reply.json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    seen,
    on: (route, answer) => void routes.set(route, { answer, count: 0 }),
    close: () => close(server),
  }
}

async function read(req: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(req.url ?? '/', 'http://x')
  return {
    method: req.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: req.headers,
    body: isJson(req) ? JSON.parse(text) : text,
  }
}

const isJson = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith('application/json') === true

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
