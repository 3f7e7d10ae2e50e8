/** What one record says, in full. */
import type { UsageRecordDocument } from "../../api/documents.ts";
import { metadataLines, recordFields } from "./record-fields.ts";
import styles from "./requests.module.css";

export function RecordDetails({ record }: { record: UsageRecordDocument }) {
  const tags = record.tags ?? [];
  const metadata = metadataLines(record);
  return (
    <>
      <dl className={styles.fields} data-record={record.id}>
        {recordFields(record).map(({ name, label, text }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              <data value={text} data-field={name}>
                <bdi>{text}</bdi>
              </data>
            </dd>
          </div>
        ))}
      </dl>
      <h3 className={styles.small}>Tags</h3>
      {tags.length === 0 ? (
        <p className={styles.quiet}>None.</p>
      ) : (
        <ul className={styles.tags} aria-label="Tags">
          {tags.map((tag) => (
            <li key={tag}>
              <bdi>{tag}</bdi>
            </li>
          ))}
        </ul>
      )}
      {metadata.length > 0 && (
        <>
          <h3 className={styles.small}>Metadata</h3>
          <pre className={styles.metadata}>{metadata.join("\n")}</pre>
        </>
      )}
    </>
  );
}
