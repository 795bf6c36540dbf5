import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/**
 * A Kafka Streams topology that answers requests of OpenClaw Gateway: values are mapped, headers travel along by
 * themselves, and one of them names the topic that the answer goes to.
 *
 * <pre>mvn -q dependency:copy-dependencies
 * java -cp 'target/dependency/*' Answers.java 127.0.0.1:19092 backend.in</pre>
 */
public class Answers {
  public static void main(String[] args) {
    var settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("application.id", args.length > 2 ? args[2] : "streams");
    settings.put("default.key.serde", Serdes.StringSerde.class);
    settings.put("default.value.serde", Serdes.StringSerde.class);
    settings.put("producer.linger.ms", 0);
    // Reading on and the answer are one transaction; the gateway reads only what is committed.
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("commit.interval.ms", 10);

    var builder = new StreamsBuilder();
    builder.<String, String>stream(args[1])
        .filter((key, json) -> !json.isEmpty()) // so is the notice that nobody waits any more
        .mapValues(json -> "{\"answer\":" + json + "}")
        .to((key, json, record) -> new String(record.headers().lastHeader("ce_replyto").value()));

    var streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    System.out.println("answers what comes on " + args[1]);
  }
}
