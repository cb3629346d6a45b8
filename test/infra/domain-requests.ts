import type { Request } from "./request.ts";

type Inputs = Readonly<Record<string, any>>;

/** CloudFront's lists say how long they are. */
const items = (list: readonly unknown[] = []) => ({ Quantity: list.length, ...(list.length > 0 && { Items: list }) });

function distribution({
  aliases,
  comment,
  defaultCacheBehavior: behaviour,
  enabled,
  origins,
  restrictions,
  viewerCertificate,
}: Inputs) {
  const of = (each: Inputs) => ({ EventType: each["eventType"], FunctionARN: each["functionArn"] });
  const DistributionConfig = {
    CallerReference: "reference",
    Aliases: items(aliases),
    Comment: comment,
    DefaultCacheBehavior: {
      TargetOriginId: behaviour.targetOriginId,
      ViewerProtocolPolicy: behaviour.viewerProtocolPolicy,
      AllowedMethods: { ...items(behaviour.allowedMethods), CachedMethods: items(behaviour.cachedMethods) },
      CachePolicyId: behaviour.cachePolicyId,
      OriginRequestPolicyId: behaviour.originRequestPolicyId,
      Compress: behaviour.compress,
      FunctionAssociations: items(behaviour.functionAssociations.map(of)),
    },
    Enabled: enabled,
    Origins: items(
      origins.map(({ originId, domainName, customOriginConfig: custom }: Inputs) => ({
        Id: originId,
        DomainName: domainName,
        CustomOriginConfig: {
          HTTPPort: custom.httpPort,
          HTTPSPort: custom.httpsPort,
          OriginProtocolPolicy: custom.originProtocolPolicy,
          OriginReadTimeout: custom.originReadTimeout,
          OriginSslProtocols: items(custom.originSslProtocols),
        },
      })),
    ),
    Restrictions: { GeoRestriction: { RestrictionType: restrictions.geoRestriction.restrictionType, Quantity: 0 } },
    ViewerCertificate: {
      ACMCertificateArn: viewerCertificate.acmCertificateArn,
      MinimumProtocolVersion: viewerCertificate.minimumProtocolVersion,
      SSLSupportMethod: viewerCertificate.sslSupportMethod,
    },
  };
  return { service: "cloudfront", operation: "CreateDistribution", input: { DistributionConfig } };
}

function cachePolicy({ name, comment, minTtl, maxTtl, defaultTtl, parametersInCacheKeyAndForwardedToOrigin: key }: Inputs) {
  const CachePolicyConfig = {
    Name: name,
    Comment: comment,
    MinTTL: minTtl,
    MaxTTL: maxTtl,
    DefaultTTL: defaultTtl,
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: key.enableAcceptEncodingGzip,
      EnableAcceptEncodingBrotli: key.enableAcceptEncodingBrotli,
      HeadersConfig: { HeaderBehavior: key.headersConfig.headerBehavior, Headers: items(key.headersConfig.headers.items) },
      CookiesConfig: { CookieBehavior: key.cookiesConfig.cookieBehavior },
      QueryStringsConfig: { QueryStringBehavior: key.queryStringsConfig.queryStringBehavior },
    },
  };
  return { service: "cloudfront", operation: "CreateCachePolicy", input: { CachePolicyConfig } };
}

function record({ zoneId, name, type, ttl, records, aliases }: Inputs) {
  const alias = aliases?.[0];
  const ResourceRecordSet = {
    Name: name,
    Type: type,
    ...(ttl !== undefined && { TTL: ttl }),
    ...(records && { ResourceRecords: records.map((Value: string) => ({ Value })) }),
    ...(alias && {
      AliasTarget: { HostedZoneId: alias.zoneId, DNSName: alias.name, EvaluateTargetHealth: alias.evaluateTargetHealth },
    }),
  };
  const ChangeBatch = { Changes: [{ Action: "CREATE", ResourceRecordSet }] };
  return { service: "route53", operation: "ChangeResourceRecordSets", input: { HostedZoneId: zoneId, ChangeBatch } };
}

function budget({ name, budgetType, timeUnit, limitAmount, limitUnit, costFilters, notifications }: Inputs) {
  const Budget = {
    BudgetName: name,
    BudgetType: budgetType,
    TimeUnit: timeUnit,
    BudgetLimit: { Amount: limitAmount, Unit: limitUnit },
    CostFilters: Object.fromEntries(costFilters.map((each: Inputs) => [each["name"], each["values"]])),
  };
  const NotificationsWithSubscribers = notifications.map((each: Inputs) => ({
    Notification: {
      NotificationType: each["notificationType"],
      ComparisonOperator: each["comparisonOperator"],
      Threshold: each["threshold"],
      ThresholdType: each["thresholdType"],
    },
    Subscribers: each["subscriberSnsTopicArns"].map((Address: string) => ({ SubscriptionType: "SNS", Address })),
  }));
  const AccountId = "123456789012";
  return { service: "budgets", operation: "CreateBudget", input: { AccountId, Budget, NotificationsWithSubscribers } };
}

/** What AWS is asked for a custom domain, and for a budget. */
export const domainRequests: Readonly<Record<string, (inputs: Inputs) => Request[]>> = {
  "aws:acm/certificate:Certificate": ({ domainName, validationMethod }) => [
    { service: "acm", operation: "RequestCertificate", input: { DomainName: domainName, ValidationMethod: validationMethod } },
  ],
  "aws:budgets/budget:Budget": (inputs) => [budget(inputs)],
  "aws:cloudfront/cachePolicy:CachePolicy": (inputs) => [cachePolicy(inputs)],
  "aws:cloudfront/distribution:Distribution": (inputs) => [distribution(inputs)],
  "aws:cloudfront/function:Function": ({ name, runtime, code }) => [
    {
      service: "cloudfront",
      operation: "CreateFunction",
      input: { Name: name, FunctionConfig: { Comment: "", Runtime: runtime }, FunctionCode: code },
    },
  ],
  "aws:route53/record:Record": (inputs) => [record(inputs)],
  "aws:sns/topicPolicy:TopicPolicy": ({ arn, policy }) => [
    {
      service: "sns",
      operation: "SetTopicAttributes",
      input: { TopicArn: arn, AttributeName: "Policy", AttributeValue: policy },
    },
  ],
};
