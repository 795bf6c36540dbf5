import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A backend of OpenClaw Gateway with nothing but Kafka's own clients: sends each record's value and headers back, and
 * commits once Kafka has the answers.
 *
 * <pre>mvn -q dependency:copy-dependencies
 * java -cp 'target/dependency/*' EchoBackend.java 127.0.0.1:19092 backend.in</pre>
 */
public class EchoBackend {
  public static void main(String[] args) throws Exception {
    String brokers = args[0];
    String topic = args[1];
    String group = args.length > 2 ? args[2] : "java";

    Map<String, Object> reading =
        Map.of("bootstrap.servers", brokers, "group.id", group, "enable.auto.commit", false, "auto.offset.reset", "earliest");
    var consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    Map<String, Object> writing = Map.of("bootstrap.servers", brokers, "acks", "all", "linger.ms", 0);
    var producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
    var main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        main.join(10_000);
      } catch (InterruptedException interrupted) {
        // The process ends anyway.
      }
    }));

    try (consumer; producer) {
      consumer.subscribe(List.of(topic));
      System.out.println("answers what comes on " + topic);
      while (true) {
        var sent = StreamSupport.stream(consumer.poll(Duration.ofSeconds(1)).spliterator(), false)
            .filter(record -> text(record, "ce_replyto") != null && text(record, "ce_cancel") == null)
            .map(EchoBackend::answer)
            .map(producer::send)
            .collect(Collectors.toList());
        for (Future<RecordMetadata> each : sent) each.get();
        consumer.commitSync();
      }
    } catch (WakeupException stopped) {
      System.out.println("stopped");
    }
  }

  /** The record again, under its session, for the topic that replies go to. */
  static ProducerRecord<byte[], byte[]> answer(ConsumerRecord<byte[], byte[]> record) {
    byte[] session = record.headers().lastHeader("ce_session").value();
    return new ProducerRecord<>(text(record, "ce_replyto"), null, session, record.value(), record.headers());
  }

  static String text(ConsumerRecord<?, ?> record, String name) {
    var header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value());
  }
}
