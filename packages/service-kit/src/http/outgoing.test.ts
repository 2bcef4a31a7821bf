import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ForbiddenTargetError, type OutgoingClient, createOutgoingClient } from './outgoing.js'
import { isPublicAddress, isPublicUrl } from './public-address.js'

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.31.255.1', '192.168.0.1', '169.254.169.254', '0.0.0.0'],
    ...['100.64.0.1', '224.0.0.1', '255.255.255.255', '::1', '::', '::ffff:127.0.0.1', 'fd00::1'],
    ...['fe80::1', '2002:7f00:1::', '64:ff9b::7f00:1', 'example.org', ''],
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('isPublicUrl', () => {
  const here = { allowLoopback: true }
  const away = { allowLoopback: false }

  it('takes https to public hosts', () => {
    expect(isPublicUrl('https://push.example.org/send/1?x=2', away)).toBe(true)
    expect(isPublicUrl('https://8.8.8.8/', away)).toBe(true)
  })

  it.each([
    ...['http://push.example.org/', 'https://127.0.0.1/', 'https://127.1/', 'https://0x7f000001/'],
    ...['https://[::1]/', 'https://[::ffff:7f00:1]/', 'https://localhost/', 'https://redis/'],
    ...['https://db.internal/', 'https://printer.local/', 'ftp://example.org/', 'nonsense'],
    'https://user:secret@push.example.org/',
  ])('refuses %s', (url) => {
    expect(isPublicUrl(url, away)).toBe(false)
  })

  it('takes this machine where that is allowed, and no other private one', () => {
    for (const url of ['http://127.0.0.1:99/', 'http://localhost/', 'http://[::1]/']) {
      expect(isPublicUrl(url, here)).toBe(true)
    }
    expect(isPublicUrl('http://10.0.0.1/', here)).toBe(false)
  })
})

describe('createOutgoingClient', () => {
  let server: Server
  let url: string
  let asked = 0
  const clients: OutgoingClient[] = []
  const client = (allowLoopback: boolean, timeoutMs = 2000): OutgoingClient => {
    const made = createOutgoingClient({ timeoutMs, allowLoopback })
    clients.push(made)
    return made
  }

  beforeAll(async () => {
    server = createServer((req, res) => {
      asked += 1
      if (req.url === '/never') return
      if (req.url === '/redirect') res.writeHead(302, { location: '/other' })
      else res.writeHead(201, { 'x-answer': 'yes' })
      if (req.url === '/long') res.end('x'.repeat(70_000))
      else req.pipe(res)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    await Promise.all(clients.map((one) => one.close()))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('posts and gives the answer, redirections included', async () => {
    const request = { headers: { 'content-type': 'text/plain' }, body: 'hello' }
    const answer = await client(true).post({ ...request, url: `${url}/x` })
    expect(answer).toMatchObject({ status: 201, text: 'hello', headers: { 'x-answer': 'yes' } })
    const moved = await client(true).post({ ...request, url: `${url}/redirect` })
    expect(moved.status).toBe(302)
  })

  it('gives up on an answer that is late or too long', async () => {
    const request = { headers: {}, body: '' }
    await expect(client(true, 200).post({ ...request, url: `${url}/never` })).rejects.toThrow()
    await expect(client(true).post({ ...request, url: `${url}/long` })).rejects.toThrow('more than')
  })

  it('never connects to this machine unless that is allowed, whatever its name', async () => {
    const before = asked
    const port = new URL(url).port
    for (const host of ['127.0.0.1', 'localhost']) {
      await expect(
        client(false).post({ url: `https://${host}:${port}/`, headers: {}, body: '' }),
      ).rejects.toThrow(ForbiddenTargetError)
    }
    expect(asked).toBe(before)
  })
})
