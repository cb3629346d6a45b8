// Written by `npm run schema` from operations.graphql and the schema.
import type { Operation } from "./operation.ts";

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** In pixels of the image as it is sent, upright. */
export type BoxInput = {
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
};

/** What is seen where pixels are taken away. */
export type Canvas =
  /** Black */
  | 'BLACK'
  /** The image, blurred */
  | 'BLURRED'
  /** The image's mean colour */
  | 'MEAN'
  /** 0 in normalised space: the model's mean colour */
  | 'ZERO';

/** The options of CGW1. */
export type Cgw1Input = {
  /** The first block that is taken into account, counted from 1, the block next to the image. An integer from 1 to 64. Default: 1. */
  readonly firstBlock?: number | null | undefined;
};

/** Options of Deletion. */
export type DeletionInput = {
  /** What is seen where pixels are taken away. Default: ZERO. */
  readonly canvas?: Canvas | null | undefined;
  /** Into so many parts the pixels are divided; RISE has 224. An integer from 1 to 1000. Default: 224. */
  readonly steps?: number | null | undefined;
};

export type ExplainImageInput = {
  /** A JPEG, PNG, WebP or AVIF file, in a multipart request. */
  readonly image?: File | null | undefined;
  /** The method, with its options. Default: ViT-CX with the paper's. */
  readonly method?: MethodInput | null | undefined;
  /** What to measure once the map is there. */
  readonly metrics?: MetricsInput | null | undefined;
  /** One of `models`. Default: the one that has `isDefault`. */
  readonly model?: string | null | undefined;
  /** The class to explain, a label or an index. Default: the most probable one. */
  readonly target?: string | null | undefined;
  /** In place of `image`: the upload that the file was put to. See `createUpload`. */
  readonly upload?: string | null | undefined;
};

export type ExplanationStatus =
  /** Stopped by `cancelExplanation` before its map was final. */
  | 'CANCELED'
  /** It cannot be done; `error` says why. */
  | 'FAILED'
  /** Accepted; a worker will take it. */
  | 'QUEUED'
  /** A worker computes. */
  | 'RUNNING'
  /** All results can be read. */
  | 'SUCCEEDED';

/** Options of Faithfulness correlation. */
export type FaithfulnessCorrelationInput = {
  /** What is seen where pixels are taken away. Default: ZERO. */
  readonly canvas?: Canvas | null | undefined;
  /** How many sets; more make the value surer. An integer from 2 to 1000. Default: 100. */
  readonly runs?: number | null | undefined;
  /** Of the sets; the same seed draws the same ones. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
  /** Fewer than the model's input has. An integer from 1 to 10000, in pixels. Default: 224. */
  readonly subsetSize?: number | null | undefined;
};

/** Options of Insertion. */
export type InsertionInput = {
  /** What is seen where pixels are taken away. Default: BLURRED. */
  readonly canvas?: Canvas | null | undefined;
  /** Into so many parts the pixels are divided; RISE has 224. An integer from 1 to 1000. Default: 224. */
  readonly steps?: number | null | undefined;
};

/** The options of Integrated Gradients. */
export type IntegratedGradientsInput = {
  /** The baseline image: every pixel and colour has this value after the model's normalisation. 0 is the mean colour. A number from -4 to 4, in standard deviations. Default: 0. */
  readonly baseline?: number | null | undefined;
  /** How the integral is approximated. Default: GAUSS_LEGENDRE. */
  readonly quadrature?: Quadrature | null | undefined;
  /** Whether pixels that speak against the class are below 0; else the map has the size alone. Default: true. */
  readonly signed?: boolean | null | undefined;
  /** At how many points of the way the gradient is taken. An integer from 1 to 500. Default: 50. */
  readonly steps?: number | null | undefined;
};

/** Options of Localisation. */
export type LocalisationInput = {
  /** Of the map normalised to [0, 1]: the least value that is salient. A number from 0.01 to 1. Default: 0.5. */
  readonly threshold?: number | null | undefined;
};

/** Which masks are scored; all but the first are ablations of the paper's Table 2. */
export type Masks =
  /** Every embedding map's: variant 1 of Table 2 */
  | 'ALL'
  /** One for each cluster of embedding maps, as in the paper */
  | 'MERGED'
  /** As many random ones as there are clusters: variant 2 of Table 2 */
  | 'RANDOM';

/** Options of Max-sensitivity. */
export type MaxSensitivityInput = {
  /** At most so far each value of the model's input; captum has 0.02. A number from 0.0001 to 10, in standard deviations of the model's input. Default: 0.02. */
  readonly radius?: number | null | undefined;
  /** Images that are tried, each with a map of its own; captum has 10. An integer from 1 to 100. Default: 10. */
  readonly samples?: number | null | undefined;
  /** Of these images; the same seed draws the same ones. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
};

/** A method of explanation; `methods` describes each. */
export type Method =
  /** Achtibat, Hatefi, Dreyer, Jain, Wiegand, Lapuschkin, Samek: AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers. ICML 2024. The logit of the class, shared among the pixels by rules of relevance for attention, norms and activations. */
  | 'ATTN_LRP'
  /** A control that does not look: a Gaussian bump in the middle of the image. */
  | 'CENTRE_GAUSSIAN'
  /** Chefer, Gur, Wolf: Transformer Interpretability Beyond Attention Visualization. CVPR 2021. Relevance of the attention times its gradient, added up through the blocks. In deep models, rounding changes it visibly. */
  | 'CGW1'
  /** Chefer, Gur, Wolf: Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder Transformers. ICCV 2021. Attention weighted by the gradient of the class, added up through the blocks. */
  | 'CGW2'
  /** Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps. ICLR workshop 2014. How much the class changes with each pixel: the gradient, of the three colours the largest in size. */
  | 'GRADIENT'
  /** Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra: Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization. ICCV 2017. The embedding maps, each weighted by the mean gradient of the class, summed, and what is below 0 cut off. */
  | 'GRAD_CAM'
  /** Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks. ICML 2017. The gradient of the class integrated from a baseline image to the image, times their difference. */
  | 'INTEGRATED_GRADIENTS'
  /** Zeiler, Fergus: Visualizing and Understanding Convolutional Networks. ECCV 2014 (section 4.2). How much the probability drops where a window is hidden. */
  | 'OCCLUSION'
  /** Voita, Talbot, Moiseev, Sennrich, Titov: Analyzing Multi-Head Self-Attention: Specialized Heads Do the Heavy Lifting, the Rest Can Be Pruned. ACL 2019. The relevance of the last block's attention. */
  | 'PARTIAL_LRP'
  /** A control that knows nothing: every pixel is its own random number. */
  | 'RANDOM'
  /** Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models. BMVC 2018. The mean probability over random masks that leave a pixel visible. */
  | 'RISE'
  /** Abnar, Zuidema: Quantifying Attention Flow in Transformers. ACL 2020. The attention of all blocks multiplied up, with the residual connections; it does not know the class. */
  | 'ROLLOUT'
  /** Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu: Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks. CVPR workshops 2020. All embedding maps as masks, each weighted by the probability that it leaves, without noise or correction. */
  | 'SCORE_CAM'
  /** Smilkov, Thorat, Kim, Viégas, Wattenberg: SmoothGrad: removing noise by adding noise. ICML workshop 2017. The mean size of the gradient over copies of the image with noise. */
  | 'SMOOTH_GRAD'
  /** Yuan, Li, Xiong, Cao, Dou: Explaining Information Flow Inside Vision Transformers Using Markov Chain. NeurIPS workshop XAI4Debugging 2021. The class token's attention followed back through the blocks, weighted by the integrated gradient of the last attention. */
  | 'TAM'
  /** Xie, Li, Cao, Zhang: ViT-CX: Causal Explanation of Vision Transformers. IJCAI 2023. Masks of the model's own patch embeddings, clustered, each scored for its causal impact on the class, and corrected for the pixel coverage bias. */
  | 'VIT_CX';

/** A method with its options: `{ rise: { numMasks: 500 } }`, or `{ scoreCam: true }` for one that has none. */
export type MethodInput =
  {   /** AttnLRP. The logit of the class, shared among the pixels by rules of relevance for attention, norms and activations. */
  readonly attnLrp: boolean; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never;   /** Centre Gaussian. A control that does not look: a Gaussian bump in the middle of the image. */
  readonly centreGaussian: boolean; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never;   /** CGW1. Relevance of the attention times its gradient, added up through the blocks. In deep models, rounding changes it visibly. */
  readonly cgw1: Cgw1Input; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never;   /** CGW2. Attention weighted by the gradient of the class, added up through the blocks. */
  readonly cgw2: boolean; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never;   /** Grad-CAM. The embedding maps, each weighted by the mean gradient of the class, summed, and what is below 0 cut off. */
  readonly gradCam: boolean; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never;   /** Gradient. How much the class changes with each pixel: the gradient, of the three colours the largest in size. */
  readonly gradient: boolean; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never;   /** Integrated Gradients. The gradient of the class integrated from a baseline image to the image, times their difference. */
  readonly integratedGradients: IntegratedGradientsInput; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never;   /** Occlusion. How much the probability drops where a window is hidden. */
  readonly occlusion: OcclusionInput; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never;   /** Partial LRP. The relevance of the last block's attention. */
  readonly partialLrp: boolean; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never;   /** Random map. A control that knows nothing: every pixel is its own random number. */
  readonly random: RandomInput; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never;   /** RISE. The mean probability over random masks that leave a pixel visible. */
  readonly rise: RiseInput; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never;   /** Rollout. The attention of all blocks multiplied up, with the residual connections; it does not know the class. */
  readonly rollout: RolloutInput; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never;   /** Score-CAM. All embedding maps as masks, each weighted by the probability that it leaves, without noise or correction. */
  readonly scoreCam: boolean; readonly smoothGrad?: never; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never;   /** SmoothGrad. The mean size of the gradient over copies of the image with noise. */
  readonly smoothGrad: SmoothGradInput; readonly tam?: never; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never;   /** TAM. The class token's attention followed back through the blocks, weighted by the integrated gradient of the last attention. */
  readonly tam: TamInput; readonly vitCx?: never; }
  |  { readonly attnLrp?: never; readonly centreGaussian?: never; readonly cgw1?: never; readonly cgw2?: never; readonly gradCam?: never; readonly gradient?: never; readonly integratedGradients?: never; readonly occlusion?: never; readonly partialLrp?: never; readonly random?: never; readonly rise?: never; readonly rollout?: never; readonly scoreCam?: never; readonly smoothGrad?: never; readonly tam?: never;   /** ViT-CX. Masks of the model's own patch embeddings, clustered, each scored for its causal impact on the class, and corrected for the pixel coverage bias. */
  readonly vitCx: VitCxInput; };

/** What sort of method it is. */
export type MethodKind =
  /** No explanation, but what explanations are compared with. */
  | 'CONTROL'
  /** Another explanation. */
  | 'OTHER'
  /** A row of Table 1 of the ViT-CX paper. */
  | 'PAPER';

/** `metrics` describes each. */
export type Metric =
  /** Area under the curve of the class's probability as pixels are taken away, the most salient first; 0 to 1: the sooner it falls, the smaller. */
  | 'DELETION'
  /** The share of the map's energy that lies in the boxes; 0 to 1. */
  | 'ENERGY_INSIDE'
  /** How the saliency of random sets of pixels goes with the drop in probability without them; −1 to 1. */
  | 'FAITHFULNESS_CORRELATION'
  /** Area under the curve of the class's probability as pixels are brought back, the most salient first; 0 to 1: the sooner it rises, the larger. */
  | 'INSERTION'
  /** Overlap (intersection over union) of the box around the map's largest salient region with the best of the boxes; 0 to 1, from 0.5 on it is a find. */
  | 'LOCALISATION'
  /** How far the map moves, against its size, when the image hardly does; 0 and up. Each sample takes as long as the map. */
  | 'MAX_SENSITIVITY'
  /** 1 where the most salient pixel lies in a box or near one, otherwise 0. */
  | 'POINTING_GAME'
  /** Whether a more salient group of pixels costs more probability when it is taken away; −1 to 1. */
  | 'SACO'
  /** Gini index of the map, 0 to 1: 0 where all pixels are as salient, towards 1 where few hold it all. */
  | 'SPARSENESS'
  /** Mean rank correlation (Spearman) of the maps of different seeds, −1 to 1. Each further seed takes as long as the map. */
  | 'STABILITY';

export type MetricNeed =
  /** The object's boxes. */
  | 'BOXES'
  /** A method that has the option `seed`. */
  | 'SEED';

/** Which metrics are computed of the map of the explained class; `{}` asks for one with its defaults, `true` for one without options. They come after the map. `metrics` describes them. */
export type MetricsInput = {
  /** Where the object is, 1 to 100 boxes. */
  readonly boxes?: ReadonlyArray<BoxInput> | null | undefined;
  /** Area under the curve of the class's probability as pixels are taken away, the most salient first; 0 to 1: the sooner it falls, the smaller. */
  readonly deletion?: DeletionInput | null | undefined;
  /** The share of the map's energy that lies in the boxes; 0 to 1. Needs boxes. */
  readonly energyInside?: boolean | null | undefined;
  /** How the saliency of random sets of pixels goes with the drop in probability without them; −1 to 1. */
  readonly faithfulnessCorrelation?: FaithfulnessCorrelationInput | null | undefined;
  /** Area under the curve of the class's probability as pixels are brought back, the most salient first; 0 to 1: the sooner it rises, the larger. */
  readonly insertion?: InsertionInput | null | undefined;
  /** Overlap (intersection over union) of the box around the map's largest salient region with the best of the boxes; 0 to 1, from 0.5 on it is a find. Needs boxes. */
  readonly localisation?: LocalisationInput | null | undefined;
  /** How far the map moves, against its size, when the image hardly does; 0 and up. Each sample takes as long as the map. */
  readonly maxSensitivity?: MaxSensitivityInput | null | undefined;
  /** 1 where the most salient pixel lies in a box or near one, otherwise 0. Needs boxes. */
  readonly pointingGame?: PointingGameInput | null | undefined;
  /** Whether a more salient group of pixels costs more probability when it is taken away; −1 to 1. */
  readonly saco?: SacoInput | null | undefined;
  /** Gini index of the map, 0 to 1: 0 where all pixels are as salient, towards 1 where few hold it all. */
  readonly sparseness?: boolean | null | undefined;
  /** Mean rank correlation (Spearman) of the maps of different seeds, −1 to 1. Each further seed takes as long as the map. For methods that have a seed. */
  readonly stability?: StabilityInput | null | undefined;
};

/** The options of Occlusion. */
export type OcclusionInput = {
  /** From one square to the next. A smaller stride takes longer. An integer from 4 to 512, in pixels of the model's input. Default: 16. */
  readonly stride?: number | null | undefined;
  /** The side of the square that is hidden. An integer from 4 to 512, in pixels of the model's input. Default: 32. */
  readonly window?: number | null | undefined;
};

export type OptionType =
  | 'BOOLEAN'
  /** One of `values`. */
  | 'ENUM'
  /** A whole number from `minimum` to `maximum`. */
  | 'INTEGER'
  /** A number from `minimum` to `maximum`. */
  | 'NUMBER';

/** Options of Pointing game. */
export type PointingGameInput = {
  /** So far from a box still counts; the paper has 15. A number from 0 to 100, in pixels of the image. Default: 15. */
  readonly tolerance?: number | null | undefined;
};

/** How the integral is approximated. */
export type Quadrature =
  /** Points and weights of Gauss and Legendre; the more exact for as many steps. */
  | 'GAUSS_LEGENDRE'
  /** Evenly spaced points, both ends included. */
  | 'TRAPEZOID';

/** The options of Random map. */
export type RandomInput = {
  /** The seed of all random numbers: the same seed gives the same map. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
};

/** The options of RISE. */
export type RiseInput = {
  /** s, cells of a mask along each side; the paper has 7. An integer from 1 to 28. Default: 7. */
  readonly gridSize?: number | null | undefined;
  /** N, how many masks are drawn; the paper has 4000 for VGG16. More make a cleaner map and take longer. An integer from 1 to 8000. Default: 4000. */
  readonly numMasks?: number | null | undefined;
  /** p₁, the probability that a cell stays visible; the paper has 0.5. A number above 0 and at most 1. Default: 0.5. */
  readonly p1?: number | null | undefined;
  /** The seed of all random numbers: the same seed gives the same map. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
};

/** The options of Rollout. */
export type RolloutInput = {
  /** The first block that is taken into account, counted from 1, the block next to the image. An integer from 1 to 64. Default: 1. */
  readonly firstBlock?: number | null | undefined;
};

/** Options of SaCo. */
export type SacoInput = {
  /** What is seen where pixels are taken away. Default: MEAN. */
  readonly canvas?: Canvas | null | undefined;
  /** Into so many groups the pixels are divided; the paper has 10. An integer from 2 to 100. Default: 10. */
  readonly groups?: number | null | undefined;
};

/** The options of SmoothGrad. */
export type SmoothGradInput = {
  /** How many copies of the image with added noise the gradients are averaged over. An integer from 1 to 1000. Default: 50. */
  readonly samples?: number | null | undefined;
  /** The standard deviation of the noise after the model's normalisation. A number from 0 to 4, in standard deviations. Default: 0.25. */
  readonly sd?: number | null | undefined;
  /** The seed of all random numbers: the same seed gives the same map. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
};

/** Options of Stability. */
export type StabilityInput = {
  /** Maps that differ in their seed alone, the explanation's own among them. An integer from 2 to 32. Default: 3. */
  readonly seeds?: number | null | undefined;
};

/** The options of TAM. */
export type TamInput = {
  /** The first block that is taken into account, counted from 1, the block next to the image. An integer from 1 to 64. Default: 1. */
  readonly firstBlock?: number | null | undefined;
  /** At how many brightnesses of the image the gradient is taken; the authors' code has 20. An integer from 2 to 200. Default: 20. */
  readonly steps?: number | null | undefined;
};

/** The options of ViT-CX. */
export type VitCxInput = {
  /** Whether the map is divided by the pixel coverage, equation (5), as in the paper. Default: true. */
  readonly corrected?: boolean | null | undefined;
  /** Masks at this cosine distance or further are not merged: a smaller δ leaves more masks and takes longer. The paper has 0.1 for ViT and DeiT, 0.05 for Swin. A number above 0 and at most 2. Default: the model's. */
  readonly delta?: number | null | undefined;
  /** Which masks are scored; all but the first are ablations of the paper's Table 2. Default: MERGED. */
  readonly masks?: Masks | null | undefined;
  /** Each mask's score is the mean over so many draws; an even number comes in antithetic pairs. The paper has 1. More make a steadier map and take as many times longer. An integer from 1 to 64. Default: 1. */
  readonly noiseDraws?: number | null | undefined;
  /** The standard deviation of the noise that replaces what a mask hides; the paper has 0.1. 0: the score is not debiased. A number from 0 to 10, in standard deviations of the model's input. Default: 0.1. */
  readonly noiseSd?: number | null | undefined;
  /** The seed of all random numbers: the same seed gives the same map. An integer from 0 to 2147483647. Default: 0. */
  readonly seed?: number | null | undefined;
};

export type MethodsQueryVariables = Exact<{ [key: string]: never; }>;


export type MethodsQuery = { readonly methods: ReadonlyArray<{ readonly name: Method, readonly field: string, readonly title: string, readonly kind: MethodKind, readonly citation: string, readonly description: string, readonly reading: string, readonly activity: string, readonly unit: string, readonly everyClass: boolean, readonly options: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string, readonly type: OptionType, readonly default: unknown, readonly minimum: number | null, readonly maximum: number | null, readonly isAbove: boolean, readonly unit: string, readonly values: ReadonlyArray<{ readonly value: string, readonly description: string }> }> }>, readonly metrics: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string, readonly needs: MetricNeed | null, readonly options: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string, readonly type: OptionType, readonly default: unknown, readonly minimum: number | null, readonly maximum: number | null, readonly isAbove: boolean, readonly unit: string, readonly values: ReadonlyArray<{ readonly value: string, readonly description: string }> }> }> };

export type ModelsQueryVariables = Exact<{ [key: string]: never; }>;


export type ModelsQuery = { readonly models: ReadonlyArray<{ readonly id: string, readonly title: string, readonly isDefault: boolean, readonly labels: ReadonlyArray<string>, readonly delta: number }> };

export type ExplanationQueryVariables = Exact<{
  id: string;
}>;


export type ExplanationQuery = { readonly explanation: { readonly id: string, readonly status: ExplanationStatus, readonly createdAt: string, readonly method: Method, readonly optionValues: ReadonlyArray<{ readonly name: string, readonly value: unknown }>, readonly error: { readonly message: string } | null, readonly timings: { readonly total: number | null }, readonly image: { readonly url: string, readonly width: number, readonly height: number, readonly format: string, readonly seen: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } }, readonly model: { readonly id: string, readonly title: string, readonly labels: ReadonlyArray<string> } | null, readonly target: { readonly index: number, readonly label: string, readonly probability: number } | null, readonly predictions: ReadonlyArray<{ readonly index: number, readonly label: string, readonly probability: number }>, readonly metrics: ReadonlyArray<{ readonly metric: Metric, readonly value: number, readonly moreIsBetter: boolean, readonly about: { readonly title: string, readonly description: string, readonly findsBox: boolean }, readonly curve: { readonly shares: ReadonlyArray<number>, readonly probabilities: ReadonlyArray<number> } | null, readonly box: { readonly left: number, readonly top: number, readonly right: number, readonly bottom: number } | null }>, readonly metricsAsked: ReadonlyArray<{ readonly metric: Metric, readonly options: unknown, readonly about: { readonly name: string, readonly title: string } }>, readonly boxes: ReadonlyArray<{ readonly left: number, readonly top: number, readonly right: number, readonly bottom: number }>, readonly files: ReadonlyArray<{ readonly name: string, readonly url: string }>, readonly events: ReadonlyArray<
      | { readonly __typename: 'CanceledEvent', readonly sequence: number }
      | { readonly __typename: 'ClassifiedEvent', readonly isMultiLabel: boolean, readonly sequence: number, readonly target: { readonly index: number, readonly label: string, readonly probability: number }, readonly predictions: ReadonlyArray<{ readonly index: number, readonly label: string, readonly probability: number }> }
      | { readonly __typename: 'ClusteredEvent', readonly maps: number, readonly masks: number, readonly sequence: number }
      | { readonly __typename: 'FailedEvent', readonly sequence: number }
      | { readonly __typename: 'MappedEvent', readonly sequence: number }
      | { readonly __typename: 'MeasuredEvent', readonly sequence: number }
      | { readonly __typename: 'MeasuringEvent', readonly metric: Metric, readonly done: number, readonly total: number, readonly sequence: number }
      | { readonly __typename: 'QueuedEvent', readonly sequence: number }
      | { readonly __typename: 'ReleasedEvent', readonly sequence: number }
      | { readonly __typename: 'ScoredEvent', readonly done: number, readonly total: number, readonly sequence: number }
      | { readonly __typename: 'StartedEvent', readonly sequence: number }
      | { readonly __typename: 'SucceededEvent', readonly sequence: number }
    > } | null };

export type ClassMapQueryVariables = Exact<{
  id: string;
  target: string;
}>;


export type ClassMapQuery = { readonly explanation: { readonly saliencyMap: { readonly raw: string, readonly isSigned: boolean, readonly target: { readonly index: number, readonly label: string, readonly probability: number } } | null, readonly masks: ReadonlyArray<{ readonly index: number, readonly clusterSize: number, readonly score: number, readonly masked: number, readonly whole: number, readonly noisy: number }> | null, readonly diagnostics: { readonly overdetermined: boolean } | null } | null };

export type ClassNamedQueryVariables = Exact<{
  id: string;
  target: string;
}>;


export type ClassNamedQuery = { readonly explanation: { readonly saliencyMap: { readonly target: { readonly index: number, readonly label: string, readonly probability: number } } | null } | null };

export type HistoryQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type HistoryQuery = { readonly explanations: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly status: ExplanationStatus, readonly createdAt: string, readonly method: Method, readonly thumbnail: string | null, readonly image: { readonly url: string }, readonly target: { readonly label: string, readonly probability: number } | null, readonly files: ReadonlyArray<{ readonly name: string, readonly url: string }> } }>, readonly damaged: ReadonlyArray<{ readonly id: string, readonly createdAt: string, readonly message: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type StorageQueryVariables = Exact<{ [key: string]: never; }>;


export type StorageQuery = { readonly storage: { readonly usedBytes: number, readonly maxBytes: number | null, readonly freeBytes: number, readonly keepDays: number | null } | null };

export type OneOfHistoryQueryVariables = Exact<{
  id: string;
}>;


export type OneOfHistoryQuery = { readonly explanation: { readonly id: string, readonly status: ExplanationStatus, readonly createdAt: string, readonly method: Method, readonly thumbnail: string | null, readonly image: { readonly url: string }, readonly target: { readonly label: string, readonly probability: number } | null, readonly files: ReadonlyArray<{ readonly name: string, readonly url: string }> } | null };

export type ExplainImageMutationVariables = Exact<{
  input: ExplainImageInput;
}>;


export type ExplainImageMutation = { readonly explainImage: { readonly id: string } };

export type CreateUploadMutationVariables = Exact<{
  bytes: number;
}>;


export type CreateUploadMutation = { readonly createUpload: { readonly id: string, readonly url: string, readonly path: string | null, readonly method: string, readonly headers: ReadonlyArray<{ readonly name: string, readonly value: string }> } };

export type CancelExplanationMutationVariables = Exact<{
  id: string;
}>;


export type CancelExplanationMutation = { readonly cancelExplanation: { readonly id: string } };

export type DeleteExplanationMutationVariables = Exact<{
  id: string;
}>;


export type DeleteExplanationMutation = { readonly deleteExplanation: string };

export type ExplanationProgressSubscriptionVariables = Exact<{
  id: string;
  after: number;
}>;


export type ExplanationProgressSubscription = { readonly explanationProgress:
    | { readonly __typename: 'CanceledEvent', readonly sequence: number }
    | { readonly __typename: 'ClassifiedEvent', readonly isMultiLabel: boolean, readonly sequence: number, readonly target: { readonly index: number, readonly label: string, readonly probability: number }, readonly predictions: ReadonlyArray<{ readonly index: number, readonly label: string, readonly probability: number }> }
    | { readonly __typename: 'ClusteredEvent', readonly maps: number, readonly masks: number, readonly sequence: number }
    | { readonly __typename: 'FailedEvent', readonly sequence: number }
    | { readonly __typename: 'MappedEvent', readonly sequence: number }
    | { readonly __typename: 'MeasuredEvent', readonly sequence: number }
    | { readonly __typename: 'MeasuringEvent', readonly metric: Metric, readonly done: number, readonly total: number, readonly sequence: number }
    | { readonly __typename: 'QueuedEvent', readonly sequence: number }
    | { readonly __typename: 'ReleasedEvent', readonly sequence: number }
    | { readonly __typename: 'ScoredEvent', readonly done: number, readonly total: number, readonly sequence: number, readonly map: { readonly width: number, readonly height: number, readonly values: ReadonlyArray<number> } }
    | { readonly __typename: 'StartedEvent', readonly sequence: number }
    | { readonly __typename: 'SucceededEvent', readonly sequence: number }
   };

export type EventsAfterQueryVariables = Exact<{
  id: string;
  after: number;
}>;


export type EventsAfterQuery = { readonly explanation: { readonly events: ReadonlyArray<
      | { readonly __typename: 'CanceledEvent', readonly sequence: number }
      | { readonly __typename: 'ClassifiedEvent', readonly isMultiLabel: boolean, readonly sequence: number, readonly target: { readonly index: number, readonly label: string, readonly probability: number }, readonly predictions: ReadonlyArray<{ readonly index: number, readonly label: string, readonly probability: number }> }
      | { readonly __typename: 'ClusteredEvent', readonly maps: number, readonly masks: number, readonly sequence: number }
      | { readonly __typename: 'FailedEvent', readonly sequence: number }
      | { readonly __typename: 'MappedEvent', readonly sequence: number }
      | { readonly __typename: 'MeasuredEvent', readonly sequence: number }
      | { readonly __typename: 'MeasuringEvent', readonly metric: Metric, readonly done: number, readonly total: number, readonly sequence: number }
      | { readonly __typename: 'QueuedEvent', readonly sequence: number }
      | { readonly __typename: 'ReleasedEvent', readonly sequence: number }
      | { readonly __typename: 'ScoredEvent', readonly done: number, readonly total: number, readonly sequence: number }
      | { readonly __typename: 'StartedEvent', readonly sequence: number }
      | { readonly __typename: 'SucceededEvent', readonly sequence: number }
    > } | null };

export type CardFragment = { readonly id: string, readonly status: ExplanationStatus, readonly createdAt: string, readonly method: Method, readonly thumbnail: string | null, readonly image: { readonly url: string }, readonly target: { readonly label: string, readonly probability: number } | null, readonly files: ReadonlyArray<{ readonly name: string, readonly url: string }> };

type Step_CanceledEvent_Fragment = { readonly __typename: 'CanceledEvent', readonly sequence: number };

type Step_ClassifiedEvent_Fragment = { readonly __typename: 'ClassifiedEvent', readonly isMultiLabel: boolean, readonly sequence: number, readonly target: { readonly index: number, readonly label: string, readonly probability: number }, readonly predictions: ReadonlyArray<{ readonly index: number, readonly label: string, readonly probability: number }> };

type Step_ClusteredEvent_Fragment = { readonly __typename: 'ClusteredEvent', readonly maps: number, readonly masks: number, readonly sequence: number };

type Step_FailedEvent_Fragment = { readonly __typename: 'FailedEvent', readonly sequence: number };

type Step_MappedEvent_Fragment = { readonly __typename: 'MappedEvent', readonly sequence: number };

type Step_MeasuredEvent_Fragment = { readonly __typename: 'MeasuredEvent', readonly sequence: number };

type Step_MeasuringEvent_Fragment = { readonly __typename: 'MeasuringEvent', readonly metric: Metric, readonly done: number, readonly total: number, readonly sequence: number };

type Step_QueuedEvent_Fragment = { readonly __typename: 'QueuedEvent', readonly sequence: number };

type Step_ReleasedEvent_Fragment = { readonly __typename: 'ReleasedEvent', readonly sequence: number };

type Step_ScoredEvent_Fragment = { readonly __typename: 'ScoredEvent', readonly done: number, readonly total: number, readonly sequence: number };

type Step_StartedEvent_Fragment = { readonly __typename: 'StartedEvent', readonly sequence: number };

type Step_SucceededEvent_Fragment = { readonly __typename: 'SucceededEvent', readonly sequence: number };

export type StepFragment =
  | Step_CanceledEvent_Fragment
  | Step_ClassifiedEvent_Fragment
  | Step_ClusteredEvent_Fragment
  | Step_FailedEvent_Fragment
  | Step_MappedEvent_Fragment
  | Step_MeasuredEvent_Fragment
  | Step_MeasuringEvent_Fragment
  | Step_QueuedEvent_Fragment
  | Step_ReleasedEvent_Fragment
  | Step_ScoredEvent_Fragment
  | Step_StartedEvent_Fragment
  | Step_SucceededEvent_Fragment
;

export type ClassFragment = { readonly index: number, readonly label: string, readonly probability: number };

export type SidesFragment = { readonly left: number, readonly top: number, readonly right: number, readonly bottom: number };

export type MetricFormFragment = { readonly name: string, readonly title: string, readonly description: string, readonly needs: MetricNeed | null, readonly options: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string, readonly type: OptionType, readonly default: unknown, readonly minimum: number | null, readonly maximum: number | null, readonly isAbove: boolean, readonly unit: string, readonly values: ReadonlyArray<{ readonly value: string, readonly description: string }> }> };

export type OptionFormFragment = { readonly name: string, readonly title: string, readonly description: string, readonly type: OptionType, readonly default: unknown, readonly minimum: number | null, readonly maximum: number | null, readonly isAbove: boolean, readonly unit: string, readonly values: ReadonlyArray<{ readonly value: string, readonly description: string }> };

export const methodsQuery = "query Methods {\n  methods {\n    name\n    field\n    title\n    kind\n    citation\n    description\n    reading\n    activity\n    unit\n    everyClass\n    options {\n      ...OptionForm\n    }\n  }\n  metrics {\n    ...MetricForm\n  }\n}\nfragment MetricForm on MetricDescription {\n  name\n  title\n  description\n  needs\n  options {\n    ...OptionForm\n  }\n}\nfragment OptionForm on OptionDescription {\n  name\n  title\n  description\n  type\n  default\n  minimum\n  maximum\n  isAbove\n  unit\n  values {\n    value\n    description\n  }\n}" as Operation<MethodsQuery, MethodsQueryVariables>;

export const modelsQuery = "query Models {\n  models {\n    id\n    title\n    isDefault\n    labels\n    delta\n  }\n}" as Operation<ModelsQuery, ModelsQueryVariables>;

export const explanationQuery = "query Explanation($id: ID!) {\n  explanation(id: $id) {\n    id\n    status\n    createdAt\n    method\n    optionValues {\n      name\n      value\n    }\n    error {\n      message\n    }\n    timings {\n      total\n    }\n    image {\n      url\n      width\n      height\n      format\n      seen {\n        left\n        top\n        width\n        height\n      }\n    }\n    model {\n      id\n      title\n      labels\n    }\n    target {\n      ...Class\n    }\n    predictions(first: 5) {\n      ...Class\n    }\n    metrics {\n      metric\n      about {\n        title\n        description\n        findsBox\n      }\n      value\n      moreIsBetter\n      curve {\n        shares\n        probabilities\n      }\n      box {\n        ...Sides\n      }\n    }\n    metricsAsked {\n      metric\n      about {\n        name\n        title\n      }\n      options\n    }\n    boxes {\n      ...Sides\n    }\n    files {\n      name\n      url\n    }\n    events {\n      ...Step\n    }\n  }\n}\nfragment Step on ExplanationEvent {\n  __typename\n  sequence\n  ... on ClassifiedEvent {\n    target {\n      ...Class\n    }\n    predictions {\n      ...Class\n    }\n    isMultiLabel\n  }\n  ... on ClusteredEvent {\n    maps\n    masks\n  }\n  ... on ScoredEvent {\n    done\n    total\n  }\n  ... on MeasuringEvent {\n    metric\n    done\n    total\n  }\n}\nfragment Class on Prediction {\n  index\n  label\n  probability\n}\nfragment Sides on Box {\n  left\n  top\n  right\n  bottom\n}" as Operation<ExplanationQuery, ExplanationQueryVariables>;

export const classMapQuery = "query ClassMap($id: ID!, $target: ID!) {\n  explanation(id: $id) {\n    saliencyMap(target: $target) {\n      target {\n        ...Class\n      }\n      raw\n      isSigned\n    }\n    masks(target: $target) {\n      index\n      clusterSize\n      score\n      masked\n      whole\n      noisy\n    }\n    diagnostics(target: $target) {\n      overdetermined\n    }\n  }\n}\nfragment Class on Prediction {\n  index\n  label\n  probability\n}" as Operation<ClassMapQuery, ClassMapQueryVariables>;

export const classNamedQuery = "query ClassNamed($id: ID!, $target: ID!) {\n  explanation(id: $id) {\n    saliencyMap(target: $target) {\n      target {\n        ...Class\n      }\n    }\n  }\n}\nfragment Class on Prediction {\n  index\n  label\n  probability\n}" as Operation<ClassNamedQuery, ClassNamedQueryVariables>;

export const historyQuery = "query History($first: Int!, $after: String) {\n  explanations(first: $first, after: $after) {\n    edges {\n      node {\n        ...Card\n      }\n    }\n    damaged {\n      id\n      createdAt\n      message\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\nfragment Card on Explanation {\n  id\n  status\n  createdAt\n  method\n  image {\n    url\n  }\n  target {\n    label\n    probability\n  }\n  thumbnail\n  files {\n    name\n    url\n  }\n}" as Operation<HistoryQuery, HistoryQueryVariables>;

export const storageQuery = "query Storage {\n  storage {\n    usedBytes\n    maxBytes\n    freeBytes\n    keepDays\n  }\n}" as Operation<StorageQuery, StorageQueryVariables>;

export const oneOfHistoryQuery = "query OneOfHistory($id: ID!) {\n  explanation(id: $id) {\n    ...Card\n  }\n}\nfragment Card on Explanation {\n  id\n  status\n  createdAt\n  method\n  image {\n    url\n  }\n  target {\n    label\n    probability\n  }\n  thumbnail\n  files {\n    name\n    url\n  }\n}" as Operation<OneOfHistoryQuery, OneOfHistoryQueryVariables>;

export const explainImageMutation = "mutation ExplainImage($input: ExplainImageInput!) {\n  explainImage(input: $input) {\n    id\n  }\n}" as Operation<ExplainImageMutation, ExplainImageMutationVariables>;

export const createUploadMutation = "mutation CreateUpload($bytes: Int!) {\n  createUpload(input: {bytes: $bytes}) {\n    id\n    url\n    path\n    method\n    headers {\n      name\n      value\n    }\n  }\n}" as Operation<CreateUploadMutation, CreateUploadMutationVariables>;

export const cancelExplanationMutation = "mutation CancelExplanation($id: ID!) {\n  cancelExplanation(id: $id) {\n    id\n  }\n}" as Operation<CancelExplanationMutation, CancelExplanationMutationVariables>;

export const deleteExplanationMutation = "mutation DeleteExplanation($id: ID!) {\n  deleteExplanation(id: $id)\n}" as Operation<DeleteExplanationMutation, DeleteExplanationMutationVariables>;

export const explanationProgressSubscription = "subscription ExplanationProgress($id: ID!, $after: Int!) {\n  explanationProgress(id: $id, after: $after) {\n    ...Step\n    ... on ScoredEvent {\n      map {\n        width\n        height\n        values\n      }\n    }\n  }\n}\nfragment Step on ExplanationEvent {\n  __typename\n  sequence\n  ... on ClassifiedEvent {\n    target {\n      ...Class\n    }\n    predictions {\n      ...Class\n    }\n    isMultiLabel\n  }\n  ... on ClusteredEvent {\n    maps\n    masks\n  }\n  ... on ScoredEvent {\n    done\n    total\n  }\n  ... on MeasuringEvent {\n    metric\n    done\n    total\n  }\n}\nfragment Class on Prediction {\n  index\n  label\n  probability\n}" as Operation<ExplanationProgressSubscription, ExplanationProgressSubscriptionVariables>;

export const eventsAfterQuery = "query EventsAfter($id: ID!, $after: Int!) {\n  explanation(id: $id) {\n    events(after: $after) {\n      ...Step\n    }\n  }\n}\nfragment Step on ExplanationEvent {\n  __typename\n  sequence\n  ... on ClassifiedEvent {\n    target {\n      ...Class\n    }\n    predictions {\n      ...Class\n    }\n    isMultiLabel\n  }\n  ... on ClusteredEvent {\n    maps\n    masks\n  }\n  ... on ScoredEvent {\n    done\n    total\n  }\n  ... on MeasuringEvent {\n    metric\n    done\n    total\n  }\n}\nfragment Class on Prediction {\n  index\n  label\n  probability\n}" as Operation<EventsAfterQuery, EventsAfterQueryVariables>;
