import { once } from 'node:events'
import { rmSync } from 'node:fs'
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  createServer,
  request,
} from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createChildren } from '../stack/children.js'
import { pickBlock } from '../stack/ports.js'
import { startNginx } from '../stack/servers/nginx.js'
import { openState } from '../stack/state.js'

export type Reply = {
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: string
}

/** What a stub service got, as it says itself. */
export type Seen = {
  service: string
  method: string
  url: string
  headers: IncomingHttpHeaders
  bytes: number
}

export type Ask = {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Address of this machine to call from; a zone counts per address. */
  from?: string
}

export type Edge = Awaited<ReturnType<typeof startEdge>>

const SERVICES = ['main-api', 'websocket', 'media']

/**
 * The real nginx with the configuration that ships, in front of stub services that answer with what
 * they got. A request to `?status=…` is answered with that status; `x-stub-*` headers come back.
 */
export async function startEdge(env: Record<string, string> = {}) {
  const first = await pickBlock(1 + SERVICES.length)
  const folder = openState(`edge-${process.pid}-${first}`)
  const children = createChildren(folder)
  const stubs = SERVICES.map((name, at) => startStub(name, first + 1 + at))
  const stop = async (): Promise<void> => {
    await children.stopAll()
    for (const stub of stubs) {
      stub.close()
      stub.closeAllConnections()
    }
    rmSync(folder, { recursive: true })
  }
  try {
    await Promise.all(stubs.map((stub) => once(stub, 'listening')))
    const upstreams = { mainApi: [first + 1], websocket: [first + 2], media: [first + 3] }
    await startNginx({ folder, children, port: first, addresses: ['127.0.0.1'], upstreams, env })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port: first,
    ask: (path: string, options?: Ask) => ask(first, path, options),
    /** Sends bytes as they are and returns all that comes back. */
    send: (bytes: string) => send(first, bytes),
    stop,
    configuration: join(folder, 'nginx'),
  }
}

/** The stub's own words about a request that reached it. */
export function seen(reply: Reply): Seen {
  return JSON.parse(reply.body) as Seen
}

function startStub(service: string, port: number): Server {
  const server = createServer((message, response) => {
    let bytes = 0
    message.on('data', (data: Buffer) => (bytes += data.length))
    message.on('end', () => {
      const { method = '', url = '', headers } = message
      for (const [name, value] of Object.entries(headers)) {
        if (name.startsWith('x-stub-'))
          response.setHeader(name.slice('x-stub-'.length), value ?? '')
      }
      response.statusCode = Number(/[?&]status=(\d+)/.exec(url)?.[1] ?? 200)
      response.end(JSON.stringify({ service, method, url, headers, bytes } satisfies Seen))
    })
  })
  server.on('upgrade', (message: IncomingMessage, socket) => {
    const fields = `X-Service: ${service}\r\nX-Path: ${message.url ?? ''}`
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${fields}\r\n\r\n`,
    )
  })
  return server.listen(port, '127.0.0.1')
}

function ask(port: number, path: string, options: Ask = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, from } = options
    const target = { host: '127.0.0.1', port, path, method, headers, agent: false as const }
    const call = request({ ...target, ...(from === undefined ? {} : { localAddress: from }) })
    call.once('error', reject)
    call.once('response', (message) => {
      const chunks: Buffer[] = []
      message.on('data', (data: Buffer) => chunks.push(data))
      message.once('error', reject)
      message.once('end', () => {
        const { statusCode = 0, headers: answered, rawHeaders } = message
        resolve({
          status: statusCode,
          headers: answered,
          rawHeaders,
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    call.end(body)
  })
}

function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (data: Buffer) => (answer += data.toString()))
    socket.once('error', reject)
    socket.once('close', () => {
      resolve(answer)
    })
  })
}
