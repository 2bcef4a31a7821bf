import { BlockList, isIP, isIPv6 } from 'node:net'

type Subnet = readonly [network: string, prefix: number]

/** What no host on the public internet has (IANA special-purpose registries). */
const SPECIAL_V4: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
/** Those that carry an IPv4 address inside as well: what it leads to is not looked at. */
const SPECIAL_V6: readonly Subnet[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

function listOf(subnets: readonly Subnet[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family)
  return list
}

const specialV4 = listOf(SPECIAL_V4, 'ipv4')
const specialV6 = listOf(SPECIAL_V6, 'ipv6')
const loopback = listOf([['127.0.0.0', 8]], 'ipv4')

/** Whether an IP address belongs to the public internet; false for text that is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  return isIPv6(address) ? !specialV6.check(address, 'ipv6') : !specialV4.check(address, 'ipv4')
}

/** `127.0.0.0/8` or `::1`. */
export const isLoopbackAddress = (address: string): boolean =>
  isIP(address) === 4 ? loopback.check(address, 'ipv4') : address === '::1'

/**
 * Whether a URL that somebody else gave may be called at all: `https` and a public host by name or address. What a
 * name resolves to is looked at when connecting.
 *
 * @param options `allowLoopback`: also `http` and `https` to this machine, for development and tests.
 */
export function isPublicUrl(text: string, { allowLoopback }: { allowLoopback: boolean }): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  const host = hostname.replace(/^\[|\]$/g, '')
  const isHere = host === 'localhost' || isLoopbackAddress(host)
  if (isHere) return allowLoopback && (protocol === 'http:' || protocol === 'https:')
  if (protocol !== 'https:') return false
  return isIP(host) === 0 ? isPublicName(host) : isPublicAddress(host)
}

/** A name without a dot is one of the own network; so are these endings. */
const isPublicName = (name: string): boolean =>
  name.includes('.') && !/\.(localhost|local|internal|lan|home|corp|intranet)\.?$/.test(name)
