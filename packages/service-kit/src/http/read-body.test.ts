import { describe, expect, it } from '@jest/globals'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import request from 'supertest'
import { echoApp, echoPath } from '../../test/app.js'
import { closeServer, listen, portOf } from './index.js'

const { app, lines } = echoApp()

const post = (body: string | Buffer, type = 'application/json') =>
  request(app)
    .post(echoPath)
    .set('Authorization', 'Bearer alice')
    .set('Content-Type', type)
    .serialize((value: unknown) => value as string)
    .send(body as string)

const nested = (depth: number): string => `{"any":${'['.repeat(depth)}${']'.repeat(depth)}}`
const wide = (members: number): string =>
  JSON.stringify({
    any: Object.fromEntries(Array.from({ length: members }, (_x, i) => [`m${i}`, 1])),
  })

describe('a JSON body', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
  ])('may be %s', async (type) => {
    expect((await post('{"text":"ü"}', type)).body).toEqual({ success: true, data: { text: 'ü' } })
  })

  it.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'multipart/form-data; boundary=x',
  ])('may not be %s', async (type) => {
    expect((await post('{"text":"x"}', type)).status).toBe(415)
  })

  it('may not be compressed', async () => {
    const res = await post('{}').set('Content-Encoding', 'gzip')
    expect(res.status).toBe(415)
  })

  it('may be absent, without a type', async () => {
    const res = await request(app).post(echoPath).set('Authorization', 'Bearer alice')
    expect(res.body).toEqual({ success: true, data: { text: '' } })
  })

  it.each([
    ['broken', '{"text":'],
    ['not JSON', 'text=1'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['too deep', nested(20)],
    ['too wide', wide(201)],
  ])('is refused when it is %s', async (_what, body) => {
    const res = await post(body)
    expect(res.status).toBe(400)
    expect(res.body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: '' }] })
  })

  it.each([
    ['as deep as allowed', nested(19)],
    ['as wide as allowed', wide(200)],
    ['with a mark at its start', '\uFEFF{"text":"x"}'],
  ])('is accepted %s', async (_what, body) => {
    expect((await post(body)).status).toBe(200)
  })

  it('is refused one byte beyond its limit, also without a length', async () => {
    const body = (bytes: number): string => `{"text":"${'x'.repeat(bytes - 11)}"}`
    expect((await post(body(256 * 1024))).status).toBe(200)
    expect((await post(body(256 * 1024 + 1))).status).toBe(413)
  })

  it('is refused beyond its limit when its length is not announced', async () => {
    const server = await listen(app, 0, { host: '127.0.0.1' })
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: 'Bearer alice', 'content-type': 'application/json' }
      const req = httpRequest(
        { port: portOf(server), path: echoPath, method: 'POST', headers },
        (res) => {
          resolve(res.statusCode)
          res.resume()
        },
      )
      req.on('error', reject)
      for (let i = 0; i < 20; i++) req.write('x'.repeat(16 * 1024))
      req.end()
    })
    expect(status).toBe(413)
    await closeServer(server)
  })

  it('loses unknown members and keeps __proto__ out', async () => {
    const res = await post('{"text":"x","unknown":1,"__proto__":{"polluted":true}}')
    expect(res.body.data).toEqual({ text: 'x' })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('that never ends harms nobody', async () => {
    const server = await listen(app, 0, { host: '127.0.0.1' })
    const socket = connect(portOf(server), '127.0.0.1')
    const head = `POST ${echoPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text"`
    await new Promise<void>((resolve) => socket.write(head, () => resolve()))
    const gone = new Promise((resolve) => server.once('close', resolve))
    socket.destroy()
    await closeServer(server)
    await gone
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('a query', () => {
  const query = (search: string) =>
    request(app).post(`${echoPath}?${search}`).set('Authorization', 'Bearer alice')

  it('counts a value that is given twice once', async () => {
    expect((await query('q=a&q=a')).body.data).toEqual({ text: '', q: 'a' })
  })

  it.each([
    ['two different values', 'q=a&q=b', 'q'],
    ['a value that is too long', 'q=abcdef', 'q'],
    ['two values of an unknown name', 'x=1&x=2', 'x'],
  ])('is refused for %s', async (_what, search, path) => {
    const res = await query(search)
    expect(res.status).toBe(400)
    expect(res.body.error.details).toEqual([expect.objectContaining({ path })])
  })

  it('is not parsed as a structure', async () => {
    expect((await query('q[a]=1&__proto__[x]=1')).body.data).toEqual({ text: '' })
  })
})
