package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import norikv.server.ConfigKey;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;

/// The verbs that need no server, and what is said about command lines that make no sense.
final class CommandLineTest {
    @Test
    void theVersionIsOneLine() {
        assertEquals(new Run(0, "norikv 0.1.0\n", ""), Run.of("version"));
        assertTrue(Run.of("-o", "json", "version").out().startsWith("{\"version\":\"0.1.0\","));
        assertTrue(Run.of("version", "--output=json").out().startsWith("{"));
        assertTrue(Run.with(Map.of("NORIKV_OUTPUT", "json"), "", "version").out().startsWith("{"));
    }

    @Test
    void helpNamesEveryVerbAndItsFlags() {
        String overview = Run.of("help").out();
        assertEquals(overview, Run.of("--help").out());
        for (Verb verb : Verb.values()) {
            assertTrue(overview.contains("  " + verb.word() + " "), verb.word());
            String help = Run.of("help", verb.word()).out();
            assertTrue(help.startsWith(Run.of(verb.word(), "--help").out()), verb.word());
            verb.options().forEach(o -> assertTrue(help.contains(o.usage()), o.name()));
            verb.examples().forEach(example -> assertTrue(help.contains(example), example));
            String brief = Run.of(verb.word(), "--help").out();
            assertTrue(brief.lines().count() <= 24, "does not fit on a screen: " + verb.word());
            assertTrue(brief.lines().allMatch(line -> line.length() <= 80), brief);
        }
        assertTrue(Run.of("help", "exit-codes").out().contains("6    the outcome of a write"));
    }

    @Test
    void helpOnSettingsListsAllOfThem() {
        String help = Run.of("help", "config").out();
        for (ConfigKey key : ConfigKey.values()) {
            assertTrue(help.contains("  " + key.key() + " "), key.key());
            String explained = Run.of("config", "explain", key.key()).out();
            assertTrue(explained.contains(key.doc()), key.key());
            assertTrue(explained.contains(key.variable()), key.key());
            assertTrue(explained.contains(key.type().description()), key.key());
        }
    }

    @Test
    void printedSettingsShowWhereTheyComeFrom() {
        Map<String, String> environment = Map.of("NORIKV_STORAGE_BANDS", "4", "NORIKV_NODID", "x");
        Run run =
                Run.with(
                        environment,
                        "",
                        "config",
                        "print",
                        "--node-id=n7",
                        "--set",
                        "rpc_addr=[::1]:5");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().matches("(?s).*node_id +n7 +\\(--node-id\\).*"), run.out());
        assertTrue(run.out().matches("(?s).*rpc_addr +\\[::1]:5 +\\(--set\\).*"));
        assertTrue(run.out().matches("(?s).*bands +4 +\\(env NORIKV_STORAGE_BANDS\\).*"));
        assertTrue(run.out().matches("(?s).*http_addr +127.0.0.1:8080 +\\(default\\).*"));
        assertEquals(
                "warning: unknown variable NORIKV_NODID; did you mean NORIKV_NODE_ID?\n",
                run.err());
        assertTrue(
                Run.with(environment, "", "config", "print", "-o", "json")
                        .out()
                        .contains("\"storage.bands\":{\"value\":\"4\",\"origin\":\"env NORIKV_ST"));
    }

    @Test
    void aBadConfigurationIsToldAsAWhole() {
        assertEquals(
                new Run(
                        2,
                        "",
                        """
                        error[CONFIG]: 2 problems
                          --set  storage.band  unknown key; did you mean storage.bands?
                          --set  cluster.total_shards  want a whole number from 1 to 65536, got 'x'
                          help: norikv config explain KEY
                        """),
                Run.of(
                        "config", "check", "--set", "storage.band=4", "--set",
                        "cluster.total_shards=x"));
        assertEquals(new Run(0, "ok\n", ""), Run.of("config", "check"));
    }

    @Test
    void whatMakesNoSenseEndsWithTwoAndAHint() {
        complains("error[USAGE]: no verb given\n  help: norikv help\n");
        complains(
                "error[USAGE]: unknown verb 'verson'; did you mean version?\n"
                        + "  help: norikv help\n",
                "verson");
        complains(
                "error[USAGE]: unknown flag --outptu of version; did you mean --output?\n"
                        + "  help: norikv help version, or -- before a word that begins with a"
                        + " dash\n",
                "version",
                "--outptu",
                "json");
        complains(
                "error[USAGE]: --output: want text or json, got 'xml'\n"
                        + "  help: norikv help version\n",
                "version",
                "-o",
                "xml");
        complains(
                "error[USAGE]: --output needs a value: -o, --output FORMAT\n"
                        + "  help: norikv help version\n",
                "version",
                "--output");
        complains(
                "error[USAGE]: version takes none, got 1 operands\n  help: norikv help version\n",
                "version",
                "--",
                "--help");
        complains(
                "error[USAGE]: --help takes no value\n  help: norikv help version\n",
                "version",
                "--help=yes");
        complains(
                "error[USAGE]: no help on 'conifg'; did you mean config?\n  help: norikv help\n",
                "help",
                "conifg");
        complains(
                "error[USAGE]: unknown key 'rpc_adr'; did you mean rpc_addr?\n"
                        + "  help: norikv help config\n",
                "config",
                "explain",
                "rpc_adr");
    }

    @Test
    void programsGetTheirErrorsAsOneLineOfJson() {
        assertEquals(
                "{\"ok\":false,\"error\":{\"code\":\"USAGE\",\"message\":\"unknown verb 'verson';"
                        + " did you mean version?\",\"exit_code\":2,\"details\":[],"
                        + "\"help\":\"norikv help\"}}\n",
                Run.of("verson", "-o", "json").err());
    }

    @Test
    void whoReadsNoMoreIsNotTold() {
        var err = new ByteArrayOutputStream();
        var closed =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        var terminal =
                new Terminal(
                        InputStream.nullInputStream(),
                        closed,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        false,
                        new ThreadLoops((where, _) -> Run.FAULTS.add(where)));
        assertEquals(141, CommandLine.run(new String[] {"help"}, terminal));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    private static void complains(String text, String... args) {
        assertEquals(new Run(2, "", text), Run.of(args));
    }
}
