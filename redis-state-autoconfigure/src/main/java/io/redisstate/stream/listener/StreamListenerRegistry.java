package io.redisstate.stream.listener;

import io.redisstate.stream.container.StreamContainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;

/**
 * The containers of all listeners by their ids: to start, stop, pause, resume and look at. They start with the application,
 * unless they are not to, and end first of all, all at the same time. Thread-safe.
 *
 * @since 0.1
 */
public final class StreamListenerRegistry implements SmartLifecycle {

    /** After everything that handlers may need. */
    private static final int PHASE = Integer.MAX_VALUE - 100;

    private final ConcurrentMap<String, StreamContainer> containers = new ConcurrentHashMap<>();
    private final Set<String> notAutomatic = ConcurrentHashMap.newKeySet();
    private final List<Consumer<StreamContainer>> watchers = new CopyOnWriteArrayList<>();
    private volatile boolean running;

    /**
     * Adds a container; it is started if the registry is.
     *
     * @param autoStartup whether it starts with the application
     * @throws IllegalArgumentException if there is one with its id
     */
    public void register(StreamContainer container, boolean autoStartup) {
        if (containers.putIfAbsent(container.id(), container) != null) {
            throw new IllegalArgumentException(
                    "There are two stream listeners '" + container.id() + "'; give them different ids");
        }
        watchers.forEach(watcher -> watcher.accept(container));
        if (!autoStartup) {
            notAutomatic.add(container.id());
        } else if (running) {
            container.start();
        }
    }

    /** Is told of each container there is, and of each that is added. */
    public void watch(Consumer<StreamContainer> watcher) {
        watchers.add(watcher);
        containers.values().forEach(watcher);
    }

    /**
     * Stops a container and removes it.
     *
     * @throws IllegalArgumentException if there is none with this id
     */
    public void unregister(String id) {
        container(id).stop();
        containers.remove(id);
        notAutomatic.remove(id);
    }

    /**
     * The container with this id.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     */
    public StreamContainer container(String id) {
        StreamContainer container = containers.get(id);
        if (container == null) {
            throw new IllegalArgumentException(
                    "There is no stream listener '" + id + "'; there are " + new TreeSet<>(containers.keySet()));
        }
        return container;
    }

    /** All of them. */
    public Collection<StreamContainer> containers() {
        return List.copyOf(containers.values());
    }

    @Override
    public void start() {
        running = true;
        containers.forEach((id, container) -> {
            if (!notAutomatic.contains(id)) {
                container.start();
            }
        });
    }

    @Override
    public void stop() {
        running = false;
        List<Thread> stopping = new ArrayList<>();
        for (StreamContainer container : containers.values()) {
            Thread thread = new Thread(container::stop, "redis-state-stream-stop-" + container.id());
            stopping.add(thread);
            thread.start();
        }
        try {
            for (Thread thread : stopping) {
                thread.join();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
