import { join } from 'node:path'
import type { InfraPorts } from './server.js'

export type CephSettings = {
  home: string
  clusterId: string
  classFolder: string | undefined
  ports: InfraPorts
}

/** The configuration of a one-machine Ceph cluster that listens on loopback only. */
export function cephConfiguration({ home, clusterId, classFolder, ports }: CephSettings): string {
  return [
    section('global', {
      ...globalSettings(home, clusterId),
      mon_host: `[v2:127.0.0.1:${ports.monitor}/0]`,
    }),
    section('mon.a', { mon_data: join(home, 'mon') }),
    section('osd', {
      osd_data: join(home, 'osd'),
      ...(classFolder === undefined ? {} : { osd_class_dir: classFolder }),
      osd_objectstore: 'bluestore',
      bluestore_block_size: String(10 * 1024 ** 3),
      bluestore_block_create: 'true',
      osd_memory_target: '939524096',
      ms_bind_port_min: String(ports.storage),
      ms_bind_port_max: String(ports.storage + 7),
    }),
    section('client.rgw', {
      rgw_data: join(home, 'rgw'),
      rgw_frontends: `beast endpoint=127.0.0.1:${ports.s3}`,
      rgw_thread_pool_size: '32',
      rgw_enable_usage_log: 'false',
    }),
  ].join('\n')
}

function globalSettings(home: string, clusterId: string): Record<string, string> {
  return {
    fsid: clusterId,
    public_network: '127.0.0.0/8',
    ms_bind_msgr2: 'true',
    ms_bind_msgr1: 'false',
    // Keys are not needed on loopback; without them every connection must be of the plain kind, and
    // the gateway would hang on the default.
    auth_cluster_required: 'none',
    auth_service_required: 'none',
    auth_client_required: 'none',
    ...Object.fromEntries(CONNECTIONS.map((name) => [`ms_${name}_mode`, 'crc'])),
    // One disk, one copy.
    osd_pool_default_size: '1',
    osd_pool_default_min_size: '1',
    osd_pool_default_pg_num: '1',
    osd_pool_default_pgp_num: '1',
    osd_pool_default_pg_autoscale_mode: 'off',
    osd_crush_chooseleaf_type: '0',
    mon_allow_pool_size_one: 'true',
    mon_warn_on_pool_no_redundancy: 'false',
    mon_max_pg_per_osd: '1000',
    mon_data_avail_crit: '1',
    mon_data_avail_warn: '2',
    // A single monitor has nobody to wait for.
    paxos_propose_interval: '0.05',
    paxos_min_wait: '0.01',
    run_dir: join(home, 'run'),
    log_file: join(home, 'log/$name.log'),
    // Socket files have short paths only (about 107 bytes), and nobody asks through them.
    admin_socket: '',
    pid_file: join(home, 'run/$name.pid'),
    mon_cluster_log_file: join(home, 'log/cluster.log'),
  }
}

const CONNECTIONS = ['mon_client', 'mon_service', 'mon_cluster', 'client', 'service', 'cluster']

function section(name: string, settings: Record<string, string>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`)
  return [`[${name}]`, ...lines, ''].join('\n')
}
