import { afterEach, describe, expect, it } from '@jest/globals'
import { Router } from 'express'
import { createHash, randomBytes } from 'node:crypto'
import { type IncomingMessage, type RequestListener, type Server, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { appOf } from '../../test/app.js'
import { capturedLog } from '../../test/captured-log.js'
import { CircuitBreaker } from '../breaker/index.js'
import { testClock } from '../clock/index.js'
import {
  type ForwarderOptions,
  closeServer,
  createForwarder,
  isFaultOfClient,
  listen,
  portOf,
} from './index.js'

const MEGABYTE = 1024 * 1024
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serverOf(handler: RequestListener): Promise<Server> {
  const server = await listen(handler, 0, { host: '127.0.0.1' })
  ends.push(() => closeServer(server, 0))
  return server
}

/** A server that forwards everything under /files to `target`. */
async function forwardTo(target: number, options: Partial<ForwarderOptions> = {}) {
  const { log, lines } = capturedLog()
  const clock = testClock('2026-01-01T00:00:00.000Z')
  const breaker = new CircuitBreaker({ clock, isNeutral: isFaultOfClient })
  const forwarder = createForwarder({
    baseUrl: `http://127.0.0.1:${target}`,
    breaker,
    log,
    sayings: { failedUpload: 'Upload failed', failed: 'Failed', unreachable: 'Unreachable' },
    ...options,
  })
  ends.push(() => forwarder.close())
  const router = Router()
  router.use('/files', (req, res) => forwarder.forward(req, res))
  const server = await serverOf(appOf(() => undefined, { routers: [router] }).app)
  const port = portOf(server)
  return { url: `http://127.0.0.1:${port}/files`, port, breaker, clock, lines }
}

const behind = async (handler: RequestListener): Promise<number> => portOf(await serverOf(handler))

describe('a forwarder', () => {
  it('passes path, query, headers and body on, with the request id and the address', async () => {
    let seen: IncomingMessage | undefined
    let body = ''
    const target = await behind((req, res) => {
      seen = req
      void text(req).then((all) => {
        body = all
        res.writeHead(201, { 'Content-Type': 'text/x-own', 'X-Own': 'yes' }).end('stored')
      })
    })
    const { url } = await forwardTo(target)
    const answer = await fetch(`${url}/a%20b?c=d`, {
      method: 'POST',
      body: 'bytes',
      headers: {
        authorization: 'Bearer t',
        'x-request-id': 'req-1',
        'x-forwarded-for': '203.0.113.9',
        'x-internal-secret': 'stolen',
        'x-on-behalf-of': 'somebody',
      },
    })
    expect([answer.status, await answer.text()]).toEqual([201, 'stored'])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/x-own',
      'x-own': 'yes',
      'x-request-id': 'req-1',
    })
    expect([seen?.method, seen?.url, body]).toEqual(['POST', '/files/a%20b?c=d', 'bytes'])
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer t',
      'x-request-id': 'req-1',
      'x-forwarded-for': expect.stringMatching(/^203\.0\.113\.9, /),
    })
    expect(seen?.headers['x-internal-secret']).toBeUndefined()
    expect(seen?.headers['x-on-behalf-of']).toBeUndefined()
  })

  it('passes ranges, redirections and refusals back as they are', async () => {
    const target = await behind((req, res) => {
      if (req.url === '/files/moved') res.writeHead(302, { Location: 'http://elsewhere/' }).end()
      else if (req.headers.range === undefined) res.writeHead(404).end('{"own":"envelope"}')
      else res.writeHead(206, { 'Content-Range': 'bytes 0-1/9' }).end('ab')
    })
    const { url, breaker } = await forwardTo(target)
    const part = await fetch(url, { headers: { range: 'bytes=0-1' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 0-1/9'])
    const moved = await fetch(`${url}/moved`, { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://elsewhere/'])
    for (let i = 0; i < 6; i++) {
      const refused = await fetch(url)
      expect([refused.status, await refused.text()]).toEqual([404, '{"own":"envelope"}'])
    }
    expect(breaker.state).toBe('closed')
  })

  it('streams both ways: a body is not held in memory, and whoever is slow slows down the other', async () => {
    let received = 0
    let go: () => void = () => undefined
    const target = await behind((req, res) => {
      req.pause()
      go = () => {
        req.on('data', (chunk: Buffer) => (received += chunk.length))
        req.on('end', () => res.end('done'))
        req.resume()
      }
    })
    const { port } = await forwardTo(target)
    const upload = request({ port, path: '/files', method: 'POST' })
    const answered = new Promise<string>((resolve, reject) => {
      upload.on('response', (res) => resolve(text(res)))
      upload.on('error', reject)
    })
    let isHeld = false
    let written = 0
    // Writes until nobody takes more: what is then on its way lies in the buffers of a few sockets.
    while (!isHeld && written < 64) {
      written += 1
      const isRoom = upload.write(Buffer.alloc(MEGABYTE))
      isHeld = !isRoom && !(await drained(upload))
    }
    expect(isHeld).toBe(true)
    go()
    upload.end()
    expect(await answered).toBe('done')
    expect(received).toBe(written * MEGABYTE)
  })

  it('answers 503 when the other service fails, is unreachable or says nothing, and logs which', async () => {
    const failing = await behind((req, res) => {
      req.resume().on('end', () => res.writeHead(500).end('stack'))
    })
    const failed = await forwardTo(failing)
    const upload = await fetch(failed.url, { method: 'POST', body: 'x' })
    expect(upload.status).toBe(503)
    expect(upload.headers.get('retry-after')).toBe('1')
    expect(await upload.json()).toMatchObject({
      success: false,
      error: { code: 'SERVICE_UNAVAILABLE', message: 'Upload failed', retryable: true },
    })
    expect((await fetch(failed.url)).status).toBe(503)
    expect(failed.lines.map(({ message }) => message)).toEqual(['Upload failed', 'Failed'])

    const silent = await forwardTo(await behind(() => undefined), { idleMs: 100 })
    expect((await fetch(silent.url)).status).toBe(503)
    expect(silent.lines.map(({ message }) => message)).toEqual(['Unreachable'])

    const closed = await serverOf(() => undefined)
    const port = portOf(closed)
    await closeServer(closed, 0)
    const absent = await forwardTo(port)
    expect((await fetch(absent.url, { method: 'POST', body: 'x' })).status).toBe(503)
  })

  it('opens the breaker after five failures, then asks nobody, and closes it with a good answer', async () => {
    let calls = 0
    let isWell = false
    const target = await behind((_req, res) => {
      calls += 1
      res.writeHead(isWell ? 200 : 502).end()
    })
    const { url, breaker, clock } = await forwardTo(target)
    for (let i = 0; i < 7; i++) expect((await fetch(url)).status).toBe(503)
    expect([calls, breaker.state]).toEqual([5, 'open'])
    isWell = true
    clock.advance(60_000)
    expect((await fetch(url)).status).toBe(200)
    expect(breaker.state).toBe('closed')
  })

  it('gives an early refusal of a large body to the client', async () => {
    const target = await behind((_req, res) => {
      res.writeHead(413).end('too large')
    })
    const { url, breaker } = await forwardTo(target)
    const body = randomBytes(4 * MEGABYTE)
    const answer = await fetch(url, { method: 'POST', body })
    expect([answer.status, await answer.text()]).toEqual([413, 'too large'])
    expect(breaker.state).toBe('closed')
  })

  it('cuts the client’s connection when an answer breaks off', async () => {
    const target = await behind((_req, res) => {
      res.writeHead(200, { 'Content-Length': '100' }).write('half')
      setImmediate(() => res.destroy())
    })
    const { url } = await forwardTo(target)
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow()
  })

  it('ends the forwarded request when the client goes away or stops, and blames nobody else', async () => {
    const gone: Promise<unknown>[] = []
    const target = await behind((req) => {
      req.resume()
      gone.push(new Promise((resolve) => req.once('close', resolve)))
      arrived()
    })
    let arrived: () => void = () => undefined
    const { port, url, breaker } = await forwardTo(target, { idleMs: 150 })
    const head = `POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst`
    for (let i = 0; i < 6; i++) {
      const hasArrived = new Promise<void>((resolve) => (arrived = resolve))
      const socket = connect(port, '127.0.0.1')
      socket.write(head)
      await hasArrived
      socket.destroy()
      await gone.at(-1)
    }
    const stopped = connect(port, '127.0.0.1')
    stopped.write(head)
    expect(await text(stopped)).toMatch(/^HTTP\/1\.1 400 [^]*the body stopped for 150 ms/)
    expect(breaker.state).toBe('closed')
    expect(url).toContain(String(port))
  })

  it('changes no byte of a large answer', async () => {
    const bytes = randomBytes(8 * MEGABYTE)
    const target = await behind((_req, res) => res.end(bytes))
    const { url } = await forwardTo(target)
    const got = Buffer.from(await (await fetch(url)).arrayBuffer())
    const digest = (of: Buffer) => createHash('sha256').update(of).digest('hex')
    expect(digest(got)).toBe(digest(bytes))
  })
})

/** False when nothing was taken for a while. */
const drained = (stream: NodeJS.WritableStream): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false)
    }, 500)
    stream.once('drain', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
