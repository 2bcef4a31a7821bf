// The scenario of artillery.yml for k6, for machines that have it:
//
//   k6 run -e TARGET=http://localhost:8080 -e PEOPLE=people.csv tests/load/k6.js
//
// PEOPLE is a file with lines `token,chatId`, as `npm run load -- artillery` makes it. k6 has no client for
// Socket.IO, so its few kinds of packets are written here: 0 open, 2 ping, 3 pong, 40 connect, 42 event,
// 43 acknowledgement.
import { check, fail, sleep } from 'k6'
import http from 'k6/http'
import { Counter, Trend } from 'k6/metrics'
import ws from 'k6/ws'

const TARGET = __ENV.TARGET || 'http://localhost:8080'
const TEXT =
  'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'
const MESSAGES = 5

const people = open(__ENV.PEOPLE || 'people.csv')
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => {
    const [token, chatId] = line.split(',')
    return { token, chatId }
  })

const acknowledgement = new Trend('sup_ack_ms', true)
const refused = new Counter('sup_refused')

const arrivals = (rate) => ({
  executor: 'ramping-arrival-rate',
  startRate: 0,
  timeUnit: '1s',
  preAllocatedVUs: 50,
  maxVUs: 200,
  stages: [
    { target: rate, duration: '5s' },
    { target: rate, duration: '20s' },
  ],
})

export const options = {
  scenarios: {
    sockets: { ...arrivals(8), exec: 'personOnSocket' },
    rest: { ...arrivals(2), exec: 'clientOfRest' },
  },
  thresholds: {
    sup_refused: ['count==0'],
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    sup_ack_ms: ['p(99)<2000'],
  },
}

const somebody = () => people[(__VU * 7919 + __ITER) % people.length]

const newMessage = (chatId) => ({ chatId, encryptedContent: TEXT })

/** Connects, sends some messages and waits for each acknowledgement. */
export function personOnSocket() {
  const { token, chatId } = somebody()
  const url = `${TARGET.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`
  const response = ws.connect(url, {}, (socket) => {
    const sentAt = []
    const emit = (name, payload) => {
      const id = sentAt.length
      sentAt.push(Date.now())
      socket.send(`42${id}${JSON.stringify([name, payload])}`)
    }
    const answered = (id, answer) => {
      acknowledgement.add(Date.now() - sentAt[id])
      if (!check(answer, { 'event is acknowledged': ({ ok }) => ok })) refused.add(1)
      if (id + 1 < MESSAGES) socket.setTimeout(() => emit('message', newMessage(chatId)), 500)
      else if (id + 1 === MESSAGES) emit('delivered', { chatId, seq: answer.seq })
      else socket.close()
    }
    socket.on('message', (packet) => {
      const acknowledged = /^43(\d+)(.*)$/.exec(packet)
      if (acknowledged) answered(Number(acknowledged[1]), JSON.parse(acknowledged[2])[0])
      else if (packet.startsWith('0')) socket.send(`40${JSON.stringify({ token })}`)
      else if (packet === '2') socket.send('3')
      else if (packet.startsWith('44')) fail(`refused: ${packet}`)
      else if (packet.startsWith('42["authenticated"')) emit('message', newMessage(chatId))
    })
    socket.setTimeout(() => socket.close(), 15_000)
  })
  check(response, { 'socket is opened': ({ status }) => status === 101 })
}

/** Reads and writes without a socket. */
export function clientOfRest() {
  const { token, chatId } = somebody()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const api = `${TARGET}/api/v1`
  const answers = [
    http.get(`${api}/chats`, { headers }),
    http.post(`${api}/messages`, JSON.stringify(newMessage(chatId)), { headers }),
    http.get(`${api}/messages/chat/${chatId}?limit=20`, { headers }),
    http.get(`${api}/sync`, { headers }),
  ]
  for (const answer of answers) {
    check(answer, { 'answer is good': ({ status }) => status === 200 || status === 201 })
  }
  sleep(0.1)
}
