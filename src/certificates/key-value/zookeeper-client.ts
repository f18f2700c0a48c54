/** The library for ZooKeeper, without what would end this program: it throws where nothing can catch it. */
import type { Client } from 'node-zookeeper-client';

export interface SafeClient {
  readonly client: Client;
  /** Ends the session, so that its nodes are gone at once, if ZooKeeper can be told. */
  end(): void;
}

/** What is used of the library's connection beside its documentation. */
interface ConnectionManager {
  socket?: { removeAllListeners(): void; on(event: 'error', listener: () => void): void; destroy(): void } | undefined;
  pendingBuffer: Buffer | null;
  connectTimeoutHandler?: NodeJS.Timeout | null;
  connect: () => void;
  onSocketConnected: () => void;
  onSocketData: (buffer: Buffer) => void;
}

/** Connects, and goes on trying until it is ended. */
export async function connectSafely(servers: string, sessionTimeout: number): Promise<SafeClient> {
  // Only such a store needs it.
  const { createClient, State } = await import('node-zookeeper-client');
  const client = createClient(servers, { sessionTimeout, spinDelay: RETRY });
  const { connectionManager: manager } = client as unknown as { readonly connectionManager: ConnectionManager };

  const read = manager.onSocketData.bind(manager);
  manager.onSocketData = (buffer) => {
    try {
      read(buffer);
    } catch {
      // Bytes that are no answer: the connection is made anew.
      manager.pendingBuffer = null;
      manager.socket?.destroy();
    }
  };
  // The library would take the rest of an answer for the begin of the next connection's.
  client.on('disconnected', () => (manager.pendingBuffer = null));

  /** The library's own end waits for the server, and fails without a connection. */
  const abandon = (): void => {
    const drop = (): void => manager.socket?.destroy();
    manager.connect = () => {};
    // Of an attempt that it has planned already.
    manager.onSocketConnected = drop;
    manager.onSocketData = drop;
    clearTimeout(manager.connectTimeoutHandler ?? undefined);
    manager.socket?.removeAllListeners();
    manager.socket?.on('error', () => {});
    drop();
  };

  client.connect();
  return {
    client,
    end() {
      if (client.getState() !== State.SYNC_CONNECTED) return abandon();
      client.close();
      setTimeout(abandon, FAREWELL);
    },
  };
}

/** Milliseconds between two rounds of all servers, at most. */
const RETRY = 1000;
/** Milliseconds that ZooKeeper has to take note of the end of a session. */
const FAREWELL = 1000;
