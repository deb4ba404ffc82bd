package io.redisstate.autoconfigure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which properties a page of documentation names, from {@code redis-state} to the last word: in its text, in a YAML example, or
 * in a table with a column headed by the group, such as {@code redis-state.lock}, whose rows give the rest.
 */
final class DocumentedProperties {

    private static final Pattern WHOLE = Pattern.compile("redis-state(\\.[a-z0-9-]+)+");
    private static final Pattern QUOTED = Pattern.compile("`([a-z][a-z0-9.-]*)`");
    private static final Pattern YAML_KEY = Pattern.compile("( *)(- )?([\\w.<>-]+):( .*)?");

    private final Set<String> names = new HashSet<>();

    private record Level(int indent, String path) {}

    private DocumentedProperties() {}

    static Set<String> in(String page) {
        DocumentedProperties found = new DocumentedProperties();
        Matcher whole = WHOLE.matcher(page);
        while (whole.find()) {
            found.names.add(whole.group());
        }
        List<String> lines = page.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals("```yaml")) {
                found.readYaml(lines.subList(i + 1, lines.size()));
            } else if (lines.get(i).startsWith("|---")) {
                found.readTable(lines.get(i - 1), lines.subList(i + 1, lines.size()));
            }
        }
        return found.names;
    }

    private void readYaml(List<String> lines) {
        Deque<Level> above = new ArrayDeque<>();
        for (String line : lines) {
            if (line.startsWith("```")) {
                return;
            }
            Matcher key = YAML_KEY.matcher(line);
            if (key.matches()) {
                int indent = key.group(1).length() + (key.group(2) == null ? 0 : 2);
                while (!above.isEmpty() && above.peek().indent() >= indent) {
                    above.pop();
                }
                String path = (above.isEmpty() ? "" : above.peek().path() + '.') + key.group(3);
                above.push(new Level(indent, path));
                names.add(path);
            }
        }
    }

    private void readTable(String header, List<String> lines) {
        String[] heads = cells(header);
        for (String line : lines) {
            if (!line.startsWith("|")) {
                return;
            }
            String[] cells = cells(line);
            for (int i = 0; i < Math.min(heads.length, cells.length); i++) {
                Matcher group = WHOLE.matcher(heads[i]);
                if (group.find()) {
                    QUOTED.matcher(cells[i]).results().forEach(rest -> names.add(group.group() + '.' + rest.group(1)));
                }
            }
        }
    }

    private static String[] cells(String line) {
        return line.split("\\|", -1);
    }
}
