// Writes devices.json: what the real kernel makes of story.json. It needs @agoric/swingset-vat
// 0.33.0, @agoric/swing-store 0.10.0 and @endo/init beside it: node record.mjs
import '@endo/init/debug.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { initSwingStore } from '@agoric/swing-store';
import {
  buildMailbox,
  buildMailboxStateMap,
  exportMailboxData,
  initializeSwingset,
  makeSwingsetController,
} from '@agoric/swingset-vat';

const here = name => new URL(name, import.meta.url).pathname;
const { steps } = JSON.parse(readFileSync(here('story.json'), 'utf8'));

const outbox = new Map();
const mailbox = buildMailbox(buildMailboxStateMap(outbox));
const { kernelStorage, hostStorage } = initSwingStore();
const vat = { sourceSpec: here('caller.mjs'), creationOptions: { enableSetup: true } };
const config = {
  bootstrap: 'main',
  defaultReapInterval: 'never',
  defaultManagerType: 'local',
  // The kernel insists on a vatAdmin, but here it has nothing to do.
  vats: { main: vat, vatAdmin: vat },
  devices: {
    counters: { sourceSpec: here('counters.mjs') },
    mailbox: { sourceSpec: mailbox.srcPath },
    vatAdmin: { sourceSpec: here('counters.mjs') },
  },
};
const bare = { addVatAdmin: false, addComms: false, addVattp: false, addTimer: false };
await initializeSwingset(config, [], kernelStorage, bare);
const endowments = { mailbox: { ...mailbox.endowments }, counters: {} };
const controller = await makeSwingsetController(kernelStorage, endowments);
controller.pinVatRoot('main');
await controller.run();
for (const { calls, inbound } of steps) {
  if (calls) controller.queueToVatRoot('main', 'call', [JSON.stringify(calls)], 'ignore');
  if (inbound) mailbox.deliverInbound(...inbound);
  await controller.run();
}

const kv = {};
const { kvStore } = kernelStorage;
for (let key = kvStore.getNextKey(''); key; key = kvStore.getNextKey(key)) {
  kv[key] = kvStore.get(key);
}
const transcript = [...kernelStorage.transcriptStore.readSpan('v1')];
const found = { kv, transcript, outbox: exportMailboxData(outbox) };
writeFileSync(here('devices.json'), `${JSON.stringify(found, null, 1)}\n`);
await controller.shutdown();
await hostStorage.close();
