package norikv.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import norikv.observe.Label;
import norikv.observe.Registry;

/// Registers what every dashboard of a Java process expects to find, under its usual names.
final class ProcessMetrics {
    private static final Path STATM = Path.of("/proc/self/statm");
    private static final long PAGE_BYTES = 4096;

    private ProcessMetrics() {}

    static void register(Registry meter) {
        process(meter);
        memory(meter);
        runtime(meter);
    }

    private static void process(Registry meter) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        meter.gauge(
                "process_start_time_seconds",
                "Start time of the process since 1970, in seconds.",
                () -> runtime.getStartTime() / 1e3);
        if (Files.isReadable(STATM)) {
            meter.gauge(
                    "process_resident_memory_bytes",
                    "Resident memory size, in bytes.",
                    ProcessMetrics::residentBytes);
        }
        if (ManagementFactory.getOperatingSystemMXBean()
                instanceof UnixOperatingSystemMXBean system) {
            meter.counter(
                    "process_cpu_seconds_total",
                    "Total user and system CPU time spent, in seconds.",
                    () -> system.getProcessCpuTime() / 1e9);
            meter.gauge(
                    "process_open_fds",
                    "Number of open file descriptors.",
                    system::getOpenFileDescriptorCount);
            meter.gauge(
                    "process_max_fds",
                    "Maximum number of open file descriptors.",
                    system::getMaxFileDescriptorCount);
        }
    }

    private static void memory(Registry meter) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        String used = "jvm_memory_used_bytes";
        String usedHelp = "Used bytes of a given JVM memory area.";
        meter.gauge(
                used,
                usedHelp,
                () -> memory.getHeapMemoryUsage().getUsed(),
                new Label("area", "heap"));
        meter.gauge(
                used,
                usedHelp,
                () -> memory.getNonHeapMemoryUsage().getUsed(),
                new Label("area", "nonheap"));
        meter.gauge(
                "jvm_memory_max_bytes",
                "Max bytes of a given JVM memory area.",
                () -> memory.getHeapMemoryUsage().getMax(),
                new Label("area", "heap"));
        for (BufferPoolMXBean pool :
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            meter.gauge(
                    "jvm_buffer_pool_used_bytes",
                    "Used bytes of a given JVM buffer pool.",
                    pool::getMemoryUsed,
                    new Label("pool", pool.getName()));
        }
    }

    private static void runtime(Registry meter) {
        for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
            Label name = new Label("gc", gc.getName());
            meter.summary(
                    "jvm_gc_collection_seconds",
                    "Time spent in a given JVM garbage collector, in seconds.",
                    gc::getCollectionCount,
                    () -> gc.getCollectionTime() / 1e3,
                    new Label("gc", gc.getName()));
        }
        meter.info(
                "jvm_info",
                "Which JVM this is.",
                new Label("version", Runtime.version().toString()),
                new Label("vendor", System.getProperty("java.vendor", "")));
        meter.info(
                "norikv_build_info",
                "Which NoriKV this is.",
                new Label("version", Release.VERSION),
                new Label("java_version", Runtime.version().toString()));
        meter.gauge(
                "jvm_threads_current",
                "Current platform thread count.",
                ManagementFactory.getThreadMXBean()::getThreadCount);
    }

    /// {@return resident bytes, or NaN where the kernel does not say}
    private static double residentBytes() {
        try {
            String[] pages = Files.readString(STATM).split(" ");
            return Long.parseLong(pages[1]) * (double) PAGE_BYTES;
        } catch (IOException | NumberFormatException _) {
            return Double.NaN; // a scrape shows the gap; nothing else depends on it
        }
    }
}
