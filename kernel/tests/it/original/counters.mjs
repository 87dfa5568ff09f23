// The raw device of raw_devices.rs, for the real kernel.
export function buildDevice({ syscall }) {
  const get = key => syscall.vatstoreGet(key);
  const ok = (value, slots = []) => ['ok', { body: `#${JSON.stringify(value)}`, slots }];
  const invoke = (node, method, { body, slots }) => {
    const args = JSON.parse(body.slice(1));
    if (node === 'd+0' && method === 'make') {
      const number = Number(get('next') || '1');
      syscall.vatstoreSet('next', `${number + 1}`);
      syscall.vatstoreSet(`count.d+${number}`, '0');
      return ok('$0.Alleged: counter', [`d+${number}`]);
    }
    const count = get(`count.${node}`);
    if (!count) return ['error', `there is no counter ${node}`];
    switch (method) {
      case 'add': {
        const sum = `${Number(count) + args[0]}`;
        syscall.vatstoreSet(`count.${node}`, sum);
        const watcher = get(`watcher.${node}`);
        if (watcher) {
          const counted = JSON.stringify(['counted', [Number(sum)]]);
          syscall.sendOnly(watcher, { body: `#${counted}`, slots: [] });
        }
        return ok(Number(sum));
      }
      case 'watch':
        syscall.vatstoreSet(`watcher.${node}`, slots[0]);
        return ok('#undefined');
      case 'unwatch':
        syscall.vatstoreDelete(`watcher.${node}`);
        return ok('#undefined');
      default:
        return ['error', `a counter has no method ${method}`];
    }
  };
  return { invoke };
}
