/** The parts of answers that have no name of their own outside the package. */
import type { RecommendationsDocument } from "tokenledger/insights";

export type ObservationDocument = RecommendationsDocument["observations"][number];
export type PriceChangeDocument = RecommendationsDocument["price_changes"][number];
