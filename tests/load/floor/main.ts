import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { Crowd } from '../generator/protocol.js'

// What Socket.IO alone costs: the same events for the same people, numbered in memory, and nothing else. No
// database, no checks, no limits. It serves the crowd that its parent sends, and ends with it.

type Sent = { chatId: string; clientMessageId: string; encryptedContent: string }
type Answer = (answer: object) => void

process.on('message', (crowd: Crowd) => {
  serve(crowd)
})
process.on('disconnect', () => {
  process.exit(0)
})

function serve({ users, chats }: Crowd): void {
  const people = new Map(users.map((user) => [user.token, user]))
  const heads = new Map(chats.map(({ id }) => [id, 0]))
  const http = createServer()
  const io = new Server(http, { perMessageDeflate: false, serveClient: false })
  io.on('connection', (socket) => {
    const person = people.get(String(socket.handshake.auth['token']))
    const chatId = chats[person?.chat ?? -1]?.id
    if (person === undefined || chatId === undefined) {
      socket.disconnect()
      return
    }
    void socket.join(chatId)
    socket.on('message', ({ clientMessageId, encryptedContent }: Sent, answer: Answer) => {
      const seq = (heads.get(chatId) ?? 0) + 1
      heads.set(chatId, seq)
      const id = randomUUID()
      io.to(chatId).emit('message', { id, chatId, seq, senderId: person.id, encryptedContent })
      answer({ ok: true, id, clientMessageId, chatId, seq })
    })
    socket.on('delivered', (_marks: unknown, answer: Answer) => {
      answer({ ok: true })
    })
    socket.on('heads', (_none: unknown, answer: Answer) => {
      answer({ ok: true, heads: { [chatId]: heads.get(chatId) } })
    })
    socket.emit('authenticated', {})
  })
  http.listen(0, '127.0.0.1', () => {
    // A server on a TCP port has no other kind of address.
    process.send?.((http.address() as AddressInfo).port)
  })
}
