// Writes NAME.json for each NAME.story.json: what the real kernel makes of it. It needs
// @agoric/swingset-vat 0.33.0, @agoric/swing-store 0.10.0, @endo/bundle-source and @endo/init
// beside it: node record.mjs
import '@endo/init/debug.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initSwingStore } from '@agoric/swing-store';
import {
  buildMailbox,
  buildMailboxStateMap,
  exportMailboxData,
  initializeSwingset,
  makeSwingsetController,
} from '@agoric/swingset-vat';
import bundleSource from '@endo/bundle-source';

const here = name => new URL(name, import.meta.url).pathname;
const vat = { sourceSpec: here('caller.mjs'), creationOptions: { enableSetup: true } };
const bundle = await bundleSource(here('caller.mjs'));
// The calls of a story are JSON in JSON, and the bodies of calls are JSON once more.
const escaped = text => JSON.stringify(text).slice(1, -1);
const meant = { CODE: `b1-${bundle.endoZipBase64Sha512}`, BUNDLE: escaped(JSON.stringify(bundle)) };

async function record(name, { devices, bundles, endowments, inbound, outbox }) {
  const { steps } = JSON.parse(readFileSync(here(`${name}.story.json`), 'utf8'));
  const { kernelStorage, hostStorage } = initSwingStore();
  const config = {
    bootstrap: 'main',
    defaultReapInterval: 'never',
    defaultManagerType: 'local',
    // The kernel insists on a vatAdmin, but here it has nothing to do.
    vats: { main: vat, vatAdmin: vat },
    bundles,
    devices,
  };
  const bare = { addVatAdmin: false, addComms: false, addVattp: false, addTimer: false };
  await initializeSwingset(config, [], kernelStorage, bare);
  const start = () => makeSwingsetController(kernelStorage, { ...endowments });
  let controller = await start();
  controller.pinVatRoot('main');
  await controller.run();
  for (const step of steps) {
    if (step.calls) {
      const calls = JSON.stringify(step.calls).replaceAll(/CODE|BUNDLE/g, word => meant[word]);
      controller.queueToVatRoot('main', 'call', [calls], 'ignore');
    }
    if (step.inbound) inbound(...step.inbound);
    if ('restart' in step) {
      await controller.shutdown();
      controller = await start();
    }
    await controller.run();
  }

  const kv = {};
  const { kvStore, transcriptStore } = kernelStorage;
  for (let key = kvStore.getNextKey(''); key; key = kvStore.getNextKey(key)) {
    kv[key] = kvStore.get(key);
  }
  const transcripts = {};
  for (const key of Object.keys(kv)) {
    const [, id] = key.match(/^(v\d+)\.options$/) || [];
    if (id) transcripts[id] = [...transcriptStore.readSpan(id)];
  }
  const found = { kv, transcripts, outbox: outbox && exportMailboxData(outbox) };
  writeFileSync(here(`${name}.json`), `${JSON.stringify(found, null, 1)}\n`);
  await controller.shutdown();
  await hostStorage.close();
}

const outbox = new Map();
const mailbox = buildMailbox(buildMailboxStateMap(outbox));
await record('devices', {
  devices: {
    counters: { sourceSpec: here('counters.mjs') },
    mailbox: { sourceSpec: mailbox.srcPath },
    vatAdmin: { sourceSpec: here('counters.mjs') },
  },
  endowments: { mailbox: mailbox.endowments, counters: {} },
  inbound: mailbox.deliverInbound,
  outbox,
});
const source = '@agoric/swingset-vat/src/devices/vat-admin/device-vat-admin.js';
const vatAdmin = { sourceSpec: createRequire(import.meta.url).resolve(source) };
const bundles = { code: { sourceSpec: here('caller.mjs') } };
await record('bundles', { devices: { vatAdmin }, bundles });
