package io.redisstate.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A way to a server that can begin to swallow what is sent, as a broken network does, or lose a reply with its connection. */
public final class TcpProxy implements AutoCloseable {

    private final RedisServer server;
    private final ServerSocket listening;
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final AtomicInteger repliesToLose = new AtomicInteger();

    private TcpProxy(RedisServer server, ServerSocket listening) {
        this.server = server;
        this.listening = listening;
    }

    /** Begins to forward to a server. */
    public static TcpProxy to(RedisServer server) {
        try {
            TcpProxy proxy = new TcpProxy(server, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            start(proxy::accept);
            return proxy;
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** The server as clients see it through this. */
    public RedisServer server() {
        return RedisServer.at(URI.create("redis://127.0.0.1:" + listening.getLocalPort()));
    }

    /** From now on nothing comes through the connections there are; new ones are forwarded. */
    public void swallow() {
        links.forEach(link -> link.swallowing = true);
    }

    /** The next that the server replies, on any connection, does not arrive: the connection ends instead. */
    public void loseNextReply() {
        repliesToLose.incrementAndGet();
    }

    /** How many replies are still to be lost. */
    public int repliesToLose() {
        return repliesToLose.get();
    }

    private boolean losesReply() {
        return repliesToLose.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }

    private void accept() {
        try {
            while (!listening.isClosed()) {
                Link link = new Link(listening.accept(), new Socket(server.host(), server.port()));
                links.add(link);
                start(() -> link.forward(link.client, link.server, () -> false));
                start(() -> link.forward(link.server, link.client, this::losesReply));
            }
        } catch (IOException ex) {
            links.forEach(Link::close);
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        links.forEach(Link::close);
    }

    private static final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean swallowing;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void forward(Socket from, Socket to, BooleanSupplier ends) {
            byte[] buffer = new byte[8192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (ends.getAsBoolean()) {
                        break;
                    }
                    if (!swallowing) {
                        out.write(buffer, 0, read);
                        out.flush();
                    }
                }
                close();
            } catch (IOException ex) {
                close();
            }
        }

        void close() {
            try (client;
                    server) {
                swallowing = true;
            } catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
    }
}
