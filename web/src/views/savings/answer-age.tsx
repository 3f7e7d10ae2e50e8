/** How old an answer is that took some work, and a way to have it anew. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApiError, askServer, type Parameters } from "../../api/client.ts";
import { distanceText, instantText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./savings.module.css";

/** An answer may be so old before it is made anew by itself. */
export const MOST_AGE_SECONDS = 3_600;

export function AnswerAge({
  path,
  parameters,
  generatedAt,
}: {
  path: string;
  /** As the answer on the screen was asked for. */
  parameters: Parameters;
  generatedAt: string | undefined;
}) {
  const { nowMs, timeZone } = useBook();
  const questions = useQueryClient();
  const again = useMutation<unknown, ApiError>({
    mutationFn: () => askServer(path, { parameters: { ...parameters, max_age_seconds: 0 } }),
    onSuccess: (document) => questions.setQueryData([path, parameters], document),
  });
  return (
    <>
      {again.error !== null && <span className={styles.problem}>{again.error.message}</span>}
      {generatedAt !== undefined && (
        <span className={styles.small} title={instantText(generatedAt, timeZone)}>
          found {distanceText(generatedAt, nowMs())}
        </span>
      )}
      <Button disabled={again.isPending || generatedAt === undefined} onClick={() => again.mutate()}>
        {again.isPending ? "Looking" : "Look again"}
      </Button>
    </>
  );
}
