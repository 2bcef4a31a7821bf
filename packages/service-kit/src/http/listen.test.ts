import { afterEach, describe, expect, it } from '@jest/globals'
import { Agent, type Server, get, request } from 'node:http'
import { connect } from 'node:net'
import { echoApp, echoPath } from '../../test/app.js'
import { closeServer, listen, portOf } from './index.js'

const servers: Server[] = []
const start = async (handler: Parameters<typeof listen>[0] = echoApp().app): Promise<Server> => {
  const server = await listen(handler, 0, { host: '127.0.0.1' })
  servers.push(server)
  return server
}
afterEach(() => Promise.all(servers.splice(0).map((server) => closeServer(server, 0))))

/** Sends bytes as they are and returns everything that comes back until the end. */
const raw = (server: Server, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(portOf(server), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('error', reject)
    socket.on('close', () => {
      resolve(answer)
    })
    socket.write(bytes)
  })

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
const request413 = expect.objectContaining({
  error: expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }),
})
const request400 = expect.objectContaining({
  error: expect.objectContaining({ code: 'VALIDATION_ERROR' }),
})

describe('listen', () => {
  it('rejects when the port is taken', async () => {
    const server = await start()
    await expect(
      listen(echoApp().app, portOf(server), { host: '127.0.0.1' }),
    ).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it.each([16_500, 60_000])(
    'answers %i bytes of headers with 413 in the envelope',
    async (bytes) => {
      const answer = await raw(
        await start(),
        `POST ${echoPath} HTTP/1.1\r\nHost: x\r\nX-Heavy: ${'x'.repeat(bytes)}\r\nConnection: close\r\n\r\n`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(bodyOf(answer)).toEqual(request413)
    },
  )

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    [
      'two lengths',
      `POST ${echoPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['a header with a break', `GET / HTTP/1.1\r\nHost: x\r\nA: b\rc: d\r\n\r\n`],
    ['two hosts', `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n`],
    ['another origin', `GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
  ])('answers %s with 400 in the envelope', async (_what, bytes) => {
    const answer = await raw(await start(), bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(bodyOf(answer)).toEqual(request400)
  })

  it('has the time limits of the design', async () => {
    const server = await start()
    expect(server).toMatchObject({
      requestTimeout: 10_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 75_000,
    })
  })
})

describe('closeServer', () => {
  it('finishes what runs, closes what is idle and accepts nothing new', async () => {
    let answer: () => void = () => undefined
    let arrived: () => void = () => undefined
    const isRunning = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const server = await start((req, res) => {
      if (req.url === '/idle') res.end('idle')
      else {
        answer = () => res.end('done')
        arrived()
      }
    })
    const port = portOf(server)
    const agent = new Agent({ keepAlive: true })
    await new Promise<void>((resolve) => {
      get({ port, path: '/idle', agent }, (res) => res.resume().on('end', () => resolve()))
    })
    const running = new Promise<string>((resolve) => {
      request({ port, path: '/slow' }, (res) => {
        res.on('data', (chunk: Buffer) => {
          resolve(chunk.toString())
        })
      }).end()
    })
    await isRunning

    const closing = closeServer(server)
    await expect(
      new Promise((_resolve, reject) =>
        get({ port, path: '/new', agent: false }).on('error', reject),
      ),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    answer()

    expect(await running).toBe('done')
    await closing
    agent.destroy()
  })

  it('cuts what has not ended in time', async () => {
    let arrived: () => void = () => undefined
    const isRunning = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const server = await start(() => {
      arrived()
    })
    const cut = new Promise((resolve) =>
      request({ port: portOf(server) })
        .on('error', resolve)
        .end(),
    )
    await isRunning
    await closeServer(server, 50)
    expect(await cut).toMatchObject({ code: 'ECONNRESET' })
  })

  it('is content with a server that is closed already', async () => {
    const server = await start()
    await closeServer(server)
    await closeServer(server)
  })
})
